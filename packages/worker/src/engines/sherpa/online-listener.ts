import type { OnlineRecognizer, OnlineStream, SherpaResult } from 'sherpa-onnx-node';
import type { Recognition } from '../engine.js';
import { SAMPLE_RATE_HZ } from '../engine.js';
import type { Listener } from '../pool/listener.js';
import { toFloats } from './to-floats.js';
import { toRecognition } from './to-recognition.js';

/** Silence behind the segment, so that a model that works in blocks comes to its last word. */
const TAIL_SAMPLES = SAMPLE_RATE_HZ / 2;

/** One utterance in a streaming model: decoded as the audio comes, without blocking for longer than a block of it. */
export class OnlineListener implements Listener {
  readonly #recogniser: OnlineRecognizer;
  readonly #stream: OnlineStream;
  readonly #format: (text: string) => string;
  #samples = 0;

  constructor(recogniser: OnlineRecognizer, format: (text: string) => string) {
    this.#recogniser = recogniser;
    this.#stream = recogniser.createStream();
    this.#format = format;
  }

  accept(pcm: Int16Array): void {
    this.#samples += pcm.length;
    this.#take(toFloats(pcm));
  }

  interim(): string {
    return this.#format(this.#result.text);
  }

  finish(): Omit<Recognition, 'decodeMs'> {
    this.#take(new Float32Array(TAIL_SAMPLES));
    this.#stream.inputFinished();
    this.#decode();
    return toRecognition(this.#result, this.#samples, this.#format);
  }

  /** Nothing to do: the stream is freed when it is collected. */
  close(): void {}

  get #result(): SherpaResult {
    return this.#recogniser.getResult(this.#stream);
  }

  #take(samples: Float32Array): void {
    this.#stream.acceptWaveform({ samples, sampleRate: SAMPLE_RATE_HZ });
    this.#decode();
  }

  #decode(): void {
    while (this.#recogniser.isReady(this.#stream)) this.#recogniser.decode(this.#stream);
  }
}
