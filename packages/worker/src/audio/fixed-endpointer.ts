import type { Border, Endpointer, Heard } from './endpointer.js';

/** Cuts after every `samples` 16 kHz samples, whatever they sound like: for engines that need no pauses. */
export class FixedEndpointer implements Endpointer {
  readonly #samples: number;
  #pushed = 0;

  constructor(samples: number) {
    if (!Number.isInteger(samples) || samples < 1) throw new RangeError(`segments of ${samples} samples`);
    this.#samples = samples;
  }

  get heard(): Heard | null {
    if (this.#pushed === 0) return null;
    return { start: 0, until: Math.min(this.#pushed, this.#samples), mayEnd: false };
  }

  push(pcm: Int16Array): Border | null {
    this.#pushed += pcm.length;
    return this.#pushed < this.#samples ? null : { kind: 'speech', start: 0, end: this.#samples };
  }

  flush(): Border | null {
    return this.#pushed === 0 ? null : { kind: 'speech', start: 0, end: this.#pushed };
  }
}
