import type { Border, Endpointer, Heard } from '../audio/endpointer.js';
import type { Hearing } from './conclusion.js';
import { Stretch } from './stretch.js';

/** A border in a line, in absolute samples of the session. */
export interface Cut {
  channel: number;
  kind: Border['kind'];
  startSample: number;
  endSample: number;
  /** The speaker went on: it was cut for its length. */
  forced: boolean;
  /** The client asked for it. */
  finalized: boolean;
}

export interface LineOptions {
  /** The one that it hears; 0 where all are mixed. */
  channel: number;
  /** The first sample of the session that it is to hear. */
  sample: number;
  createEndpointer(): Endpointer;
  /** The first sample at or behind this one that is not within silence the client spoke of: no stretch begins there. */
  behindSilence(sample: number): number;
  hearing(hearing: Hearing): void;
  cut(cut: Cut): void;
}

/** What is heard on one channel of a session, cut where its end-pointer says: the stretch that is open, and what was given out of it. */
export class Line {
  readonly #options: LineOptions;
  /** The next sample. */
  #sample: number;
  #stretch: Stretch | null = null;
  /** Somebody speaks: it was announced, and no pause has come since. */
  #speaking = false;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#sample = options.sample;
  }

  /** The next sample to be heard. */
  get sample(): number {
    return this.#sample;
  }

  /** The first sample that no border has passed. */
  get standing(): number {
    return this.#stretch?.startSample ?? this.#sample;
  }

  /** Samples were heard that no border has passed. */
  get isOpen(): boolean {
    return this.#stretch !== null;
  }

  /** Takes samples in, the first of them at this sample of the session. */
  hear(pcm: Int16Array, at: number): void {
    const known = this.#sample - at;
    if (known >= pcm.length) return;
    let begin = this.#sample;
    this.#sample = at + pcm.length;
    let pieces = [known === 0 ? pcm : pcm.subarray(known)];
    while (pieces.length > 0) {
      const stretch = this.#stretch ?? new Stretch(begin, this.#options.createEndpointer());
      this.#stretch = stretch;
      let border: Border | null = null;
      for (const piece of pieces) border = stretch.push(piece);
      if (border === null) {
        this.#listen(stretch, stretch.heard);
        return;
      }
      this.#cut(stretch, border, { forced: border.end !== stretch.heard?.until });
      this.#stretch = null;
      begin = this.#options.behindSilence(stretch.startSample + border.end);
      pieces = stretch.views(begin - stretch.startSample);
    }
  }

  /** Nothing that has to be heard comes before this sample. Only between stretches. */
  passTo(sample: number): void {
    this.#sample = Math.max(this.#sample, sample);
  }

  /** What comes next begins with this sample, be it further on or not. Only between stretches. */
  startAt(sample: number): void {
    this.#sample = sample;
  }

  /** Whether what is open would be a segment if it ended here, as it has to once this was asked. */
  endsInSpeech(): boolean {
    return this.#stretch?.flush()?.kind === 'speech';
  }

  /** Cuts here: what is open becomes a segment, or is silence. */
  end(finalized = false): void {
    const stretch = this.#stretch;
    this.#stretch = null;
    const border = stretch?.flush() ?? null;
    if (stretch !== null && border !== null) this.#cut(stretch, border, { finalized });
  }

  /** What is open counts for nothing. */
  drop(): void {
    if (this.#stretch !== null) this.#listen(this.#stretch, null);
    this.#stretch = null;
  }

  /** Gives out what is new of the segment that will be. */
  #listen(stretch: Stretch, heard: Heard | null): void {
    const { channel, hearing } = this.#options;
    const { given } = stretch;
    if (given !== null && given.start !== heard?.start) {
      hearing({ kind: 'withdrawn', channel });
      stretch.given = null;
    }
    if (heard === null) return;
    if (stretch.given === null) {
      const startSample = stretch.startSample + heard.start;
      hearing({ kind: 'opened', channel, startSample, announced: !this.#speaking });
      this.#speaking = true;
    }
    const from = stretch.given?.until ?? heard.start;
    const { mayEnd } = heard;
    for (const pcm of stretch.views(from, heard.until)) hearing({ kind: 'heard', channel, pcm, mayEnd });
    stretch.given = { start: heard.start, until: Math.max(from, heard.until) };
  }

  #cut(stretch: Stretch, { kind, start, end }: Border, { forced = false, finalized = false }): void {
    this.#listen(stretch, kind === 'silence' ? null : { start, until: end, mayEnd: false });
    this.#speaking = kind === 'speech' && forced;
    const { startSample } = stretch;
    const { channel, cut } = this.#options;
    cut({
      channel,
      kind,
      startSample: startSample + start,
      endSample: startSample + end,
      forced,
      finalized,
    });
  }
}
