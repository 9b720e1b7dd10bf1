import type { Border, Endpointer, Heard } from '../audio/endpointer.js';

/** Audio from the last border on, not yet cut. Positions are samples counted from its beginning. */
export class Stretch {
  /** Absolute sample of the session at which it begins. */
  readonly startSample: number;
  readonly #endpointer: Endpointer;
  readonly #pieces: Int16Array[] = [];
  /** Where each piece begins. */
  readonly #starts: number[] = [];
  #samples = 0;
  #flushed: Border | null = null;
  /** What of it was given out as heard. */
  given: Pick<Heard, 'start' | 'until'> | null = null;

  constructor(startSample: number, endpointer: Endpointer) {
    this.startSample = startSample;
    this.#endpointer = endpointer;
  }

  get heard(): Heard | null {
    return this.#endpointer.heard;
  }

  push(pcm: Int16Array): Border | null {
    this.#pieces.push(pcm);
    this.#starts.push(this.#samples);
    this.#samples += pcm.length;
    return this.#endpointer.push(pcm);
  }

  /** A border is wanted here, the same however often; null for a stretch without samples. */
  flush(): Border | null {
    this.#flushed ??= this.#endpointer.flush();
    return this.#flushed;
  }

  /** Views of the samples [from, until), in order. */
  views(from: number, until = this.#samples): Int16Array[] {
    // What is wanted is mostly the last piece: looked for from the end.
    const last = this.#pieces.length - 1;
    if (this.#starts[last] === from && from < until && until === this.#samples)
      return [this.#pieces[last] as Int16Array];
    const views: Int16Array[] = [];
    let i = last + 1;
    while (i > 0 && this.#startOf(i) > from) i--;
    for (; i < this.#pieces.length && this.#startOf(i) < until; i++) {
      const piece = this.#pieces[i] as Int16Array;
      const begin = Math.max(0, from - this.#startOf(i));
      const end = Math.min(piece.length, until - this.#startOf(i));
      if (begin < end) views.push(begin === 0 && end === piece.length ? piece : piece.subarray(begin, end));
    }
    return views;
  }

  #startOf(piece: number): number {
    return this.#starts[piece] ?? this.#samples;
  }
}
