import type { Border, Endpointer, Heard } from '../audio/endpointer.js';

/** Audio from the last border on, not yet cut. Positions are samples counted from its beginning. */
export class Stretch {
  /** Absolute sample of the session at which it begins. */
  readonly startSample: number;
  readonly #endpointer: Endpointer;
  readonly #pieces: Int16Array[] = [];
  #samples = 0;
  /** What of it was given out as heard. */
  given: Heard | null = null;

  constructor(startSample: number, endpointer: Endpointer) {
    this.startSample = startSample;
    this.#endpointer = endpointer;
  }

  get heard(): Heard | null {
    return this.#endpointer.heard;
  }

  push(pcm: Int16Array): Border | null {
    this.#pieces.push(pcm);
    this.#samples += pcm.length;
    return this.#endpointer.push(pcm);
  }

  /** A border is wanted here; null for a stretch without samples. */
  flush(): Border | null {
    return this.#endpointer.flush();
  }

  /** Views of the samples [from, until), in order. */
  *views(from: number, until = this.#samples): Generator<Int16Array> {
    let at = 0;
    for (const piece of this.#pieces) {
      const view = piece.subarray(Math.max(0, from - at), Math.max(0, until - at));
      if (view.length > 0) yield view;
      at += piece.length;
    }
  }
}
