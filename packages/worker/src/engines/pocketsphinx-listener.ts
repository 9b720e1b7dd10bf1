import { type Hypothesis, isSilent, type PocketsphinxDecoder } from './pocketsphinx-decoder.js';
import type { Listener } from './pool/listener.js';
import { SampleBuffer } from './sample-buffer.js';

/**
 * Listens to one utterance. Interim text comes from decoding as the audio comes; the segment itself is decoded
 * again as a whole, because knowing all of it makes one word in four wrong instead of one in three, and so that its
 * text is the same whether anybody read along or not.
 */
export class PocketsphinxListener implements Listener {
  readonly #decoder: PocketsphinxDecoder;
  readonly #live: boolean;
  readonly #samples = new SampleBuffer();
  #begun = false;

  constructor(decoder: PocketsphinxDecoder, live: boolean) {
    this.#decoder = decoder;
    this.#live = live;
  }

  async accept(pcm: Int16Array): Promise<void> {
    this.#samples.push(pcm);
    if (!this.#live) return;
    // It hears words ("dog") in digital silence.
    if (!this.#begun && isSilent(pcm)) return;
    if (!this.#begun) this.#decoder.begin();
    this.#begun = true;
    await this.#decoder.accept(pcm);
  }

  interim(): string {
    return this.#begun ? this.#decoder.partial() : '';
  }

  async finish(): Promise<Hypothesis> {
    if (this.#begun) await this.close();
    return await this.#decoder.decode(this.#samples.slice(0, this.#samples.length));
  }

  async close(): Promise<void> {
    if (this.#begun) await this.#decoder.end();
    this.#begun = false;
    await this.#decoder.refresh();
  }
}
