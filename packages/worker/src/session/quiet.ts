import type { Mark } from '@tributary/shared';

/** A chunk that is silence of so many milliseconds. */
export interface Silence {
  silenceMs: number;
}

/** What of a chunk of silence was not concluded before. */
interface Piece {
  chunk: number;
  /** Absolute sample of the session at which it begins. */
  from: number;
  samples: number;
  /** Samples of the chunk that were concluded before these. */
  done: number;
}

/** The silence that a client spoke of, among the samples of its session: none of it comes out of a decoder. */
export class Quiet {
  #pieces: Piece[] = [];
  /** The last silence that is concluded. */
  #concluded: NonNullable<Mark['quiet']> | undefined;

  constructor(concluded: Mark['quiet']) {
    this.#concluded = concluded;
  }

  /** A chunk of so many samples of silence was taken; returns how many of them are not concluded. */
  add(chunk: number, from: number, total: number): number {
    const done = this.#doneOf(chunk, total);
    this.#pieces.push({ chunk, from, samples: total - done, done });
    return total - done;
  }

  /** Samples of silence behind an absolute sample. */
  behind(sample: number): number {
    let sum = 0;
    for (const { from, samples } of this.#pieces) sum += Math.max(0, from + samples - Math.max(sample, from));
    return sum;
  }

  /** The first chunk of silence that reaches beyond an absolute sample, or null. */
  nextAt(sample: number): number | null {
    return this.#pieces.find(({ from, samples }) => from + samples > sample)?.chunk ?? null;
  }

  /** The first sample at or behind this one that lies in no silence. */
  endFrom(sample: number): number {
    let end = sample;
    for (const { from, samples } of this.#pieces) if (from <= end) end = Math.max(end, from + samples);
    return end;
  }

  /** How much silence lies before an absolute sample, as a mark says it. */
  before(sample: number): Mark['quiet'] {
    const last = this.#pieces.findLast(({ from }) => from < sample);
    if (last === undefined) return this.#concluded;
    return { chunk: last.chunk, samples: last.done + Math.min(sample - last.from, last.samples) };
  }

  /** What lies before an absolute sample is durably concluded. */
  forget(sample: number): void {
    while (this.#pieces[0] !== undefined && this.#pieces[0].from + this.#pieces[0].samples <= sample) {
      const { chunk, samples, done } = this.#pieces.shift() as Piece;
      this.#concluded = { chunk, samples: done + samples };
    }
  }

  #doneOf(chunk: number, total: number): number {
    if (this.#concluded === undefined || chunk > this.#concluded.chunk) return 0;
    return chunk < this.#concluded.chunk ? total : Math.min(total, this.#concluded.samples);
  }
}
