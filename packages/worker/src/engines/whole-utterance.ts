import type { Recognition } from './engine.js';
import { SampleBuffer } from './sample-buffer.js';
import type { Utterance } from './utterance.js';

/** An utterance that is recognised as a whole when it is finished, without interim text. */
export class WholeUtterance implements Utterance {
  readonly #recognise: (pcm: Int16Array) => Promise<Recognition>;
  readonly #samples = new SampleBuffer();

  constructor(recognise: (pcm: Int16Array) => Promise<Recognition>) {
    this.#recognise = recognise;
  }

  accept(pcm: Int16Array): void {
    this.#samples.push(pcm);
  }

  async finish(samples: number): Promise<Recognition> {
    return await this.#recognise(this.#samples.slice(0, samples));
  }

  /** Nothing has begun, so there is nothing to free. */
  cancel(): void {}
}
