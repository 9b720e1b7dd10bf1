import type { SherpaResult } from 'sherpa-onnx-node';
import type { StreamingKind } from '../../models/manifest.js';
import type { Recognition } from '../engine.js';
import { SAMPLE_RATE_HZ } from '../engine.js';
import type { Listener } from '../pool/listener.js';
import type { OnlineModel, OnlineStream } from './online-library.js';
import { toFloats } from './to-floats.js';
import { toRecognition } from './to-recognition.js';

interface Habits {
  /**
   * Silence put behind the segment so that the model comes to its last word: a block, and where it looks ahead, nearly
   * another. Blocks last up to 0.77 s in Zipformers, 0.6 s in Paraformers, 1.2 s in NeMo's models.
   */
  tailSeconds: number;
  /** What sherpa-onnx 1.13 tells as 40 ms: it takes four features for a row of any network, and NeMo's have eight. */
  timeScale: number;
}

const HABITS: Readonly<Record<StreamingKind, Habits>> = {
  'online-transducer': { tailSeconds: 0.8, timeScale: 1 },
  'online-zipformer2-ctc': { tailSeconds: 0.8, timeScale: 1 },
  'online-paraformer': { tailSeconds: 1.3, timeScale: 1 },
  'online-nemo-ctc': { tailSeconds: 1.3, timeScale: 2 },
};

export interface OnlineListenerOptions {
  model: OnlineModel;
  kind: StreamingKind;
  /** Phrases in sherpa-onnx's notation; undefined for none. */
  hotWords: string | undefined;
  format(text: string): string;
}

/** One utterance in a streaming model: decoded as the audio comes, without blocking for longer than a block of it. */
export class OnlineListener implements Listener {
  readonly #options: OnlineListenerOptions;
  readonly #stream: OnlineStream;
  readonly #habits: Habits;
  #samples = 0;

  constructor(options: OnlineListenerOptions) {
    this.#options = options;
    this.#habits = HABITS[options.kind];
    this.#stream = options.model.open(options.hotWords);
  }

  accept(pcm: Int16Array): void {
    this.#samples += pcm.length;
    this.#stream.accept(toFloats(pcm));
  }

  interim(): string {
    return this.#options.format(this.#result.text);
  }

  finish(): Omit<Recognition, 'decodeMs'> {
    this.#stream.accept(new Float32Array(this.#habits.tailSeconds * SAMPLE_RATE_HZ));
    this.#stream.finish();
    return toRecognition(this.#result, this.#samples, this.#options.format);
  }

  close(): void {
    this.#stream.free();
  }

  get #result(): SherpaResult {
    const { result } = this.#stream;
    const { timeScale } = this.#habits;
    if (timeScale === 1 || result.timestamps === undefined) return result;
    return { ...result, timestamps: result.timestamps.map((seconds) => seconds * timeScale) };
  }
}
