import type { OnlineRecognizer, OnlineStream, SherpaResult } from 'sherpa-onnx-node';
import type { StreamingKind } from '../../models/manifest.js';
import type { Recognition } from '../engine.js';
import { SAMPLE_RATE_HZ } from '../engine.js';
import type { Listener } from '../pool/listener.js';
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
  recogniser: OnlineRecognizer;
  kind: StreamingKind;
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
    this.#stream = options.recogniser.createStream();
  }

  accept(pcm: Int16Array): void {
    this.#samples += pcm.length;
    this.#take(toFloats(pcm));
  }

  interim(): string {
    return this.#options.format(this.#result.text);
  }

  finish(): Omit<Recognition, 'decodeMs'> {
    this.#take(new Float32Array(this.#habits.tailSeconds * SAMPLE_RATE_HZ));
    this.#stream.inputFinished();
    this.#decode();
    return toRecognition(this.#result, this.#samples, this.#options.format);
  }

  /** Nothing to do: the stream is freed when it is collected. */
  close(): void {}

  get #result(): SherpaResult {
    const result = this.#options.recogniser.getResult(this.#stream);
    const { timeScale } = this.#habits;
    if (timeScale === 1 || result.timestamps === undefined) return result;
    return { ...result, timestamps: result.timestamps.map((seconds) => seconds * timeScale) };
  }

  #take(samples: Float32Array): void {
    this.#stream.acceptWaveform({ samples, sampleRate: SAMPLE_RATE_HZ });
    this.#decode();
  }

  #decode(): void {
    const { recogniser } = this.#options;
    while (recogniser.isReady(this.#stream)) recogniser.decode(this.#stream);
  }
}
