import { type Cut, Line, type LineOptions } from './line.js';

export interface LinesOptions extends Omit<LineOptions, 'channel' | 'sample'> {
  /** The first sample that each one is to hear; there is one at least. */
  samples: readonly [number, ...number[]];
}

/**
 * Channels are heard in turn, so much of each, so that what was said first is concluded first, also where a chunk holds
 * minutes.
 */
const TURN_SAMPLES = 3_200;

/** What a session hears: one line where its channels are mixed, else one for each channel that it ever had. */
export class Lines {
  readonly #options: LinesOptions;
  readonly #lines: Line[];

  constructor(options: LinesOptions) {
    this.#options = options;
    this.#lines = options.samples.map((sample, channel) => this.#open(channel, sample));
  }

  get count(): number {
    return this.#lines.length;
  }

  /** Something was heard that no border has passed. */
  get isOpen(): boolean {
    return this.#lines.some((line) => line.isOpen);
  }

  /** The first sample of each channel that no border has passed; that of a cut is where the cut ends. */
  standing(cut?: Pick<Cut, 'channel' | 'endSample'>): number[] {
    return this.#lines.map((line, channel) => (channel === cut?.channel ? cut.endSample : line.standing));
  }

  /** Takes in samples of so many channels, the first of them at this sample of the session. */
  hear(planes: readonly Int16Array[], at: number): void {
    const samples = planes[0]?.length ?? 0;
    if (samples === 0) return;
    const lines = this.of(planes.length, at, at + samples);
    if (lines.length === 1) return lines[0]?.hear(planes[0] as Int16Array, at);
    for (let from = 0; from < samples; from += TURN_SAMPLES) {
      for (const [channel, line] of lines.entries()) {
        line.hear((planes[channel] as Int16Array).subarray(from, from + TURN_SAMPLES), at + from);
      }
    }
  }

  /** The lines of audio with so many channels between two samples of the session, which all others pass by. */
  of(channels: number, from: number, to: number): readonly Line[] {
    const lines = this.#lines;
    while (lines.length < channels) lines.push(this.#open(lines.length, from));
    if (lines.length === channels) return lines;
    for (const line of lines.slice(channels)) line.passTo(to);
    return lines.slice(0, channels);
  }

  /**
   * Silence between two samples of the session. What is open hears so much of it as is needed to end it; false when it is
   * still open at the end.
   */
  silence(from: number, to: number, enough: number): boolean {
    let over = true;
    for (const line of this.#lines) {
      if (line.isOpen) {
        line.hear(new Int16Array(Math.min(to - from, enough)), from);
        if (line.isOpen && line.sample === to) {
          over = false;
          continue;
        }
        line.end();
      }
      line.passTo(to);
    }
    return over;
  }

  /** What is open ends here. */
  end(): void {
    for (const line of this.#lines) line.end();
  }

  /** The same for a client that asked for it: the last segment is the answer. False when there is none. */
  finalize(): boolean {
    const speaking = this.#lines.filter((line) => line.endsInSpeech());
    for (const line of this.#lines) if (!speaking.includes(line)) line.drop();
    for (const line of speaking) line.end(line === speaking.at(-1));
    return speaking.length > 0;
  }

  /** What comes next begins with this sample for all, who have ended what was open. */
  startAt(sample: number): void {
    for (const line of this.#lines) line.startAt(sample);
  }

  #open(channel: number, sample: number): Line {
    return new Line({ channel, sample, ...this.#options });
  }
}
