import { mix32 } from '../chaos/random.js';
import { BYTES_PER_SAMPLE, SAMPLE_RATE_HZ, type Utterance } from './utterance.js';

/** Longest slice that can be asked for: a segment, or a chunk of so many seconds. */
const LONGEST_SLICE_SECONDS = 10;
/** A prime number of samples (61 s): a session that goes round never finds a segment's border where it was before. */
const LOOP_SAMPLES = 976_501;
/** Odd and far from any divisor of the loop: sessions start far from each other. */
const STRIDE = 389_483;

/**
 * A minute of noise that all sessions of a process share. Each begins elsewhere in it and goes round, so no two say the
 * same in the same second, hours of speech take two megabytes, and nothing is generated while the clock runs.
 */
export class NoiseLoop {
  readonly #bytes: Buffer;

  constructor(seed: number) {
    const samples = LOOP_SAMPLES + LONGEST_SLICE_SECONDS * SAMPLE_RATE_HZ;
    const noise = new Int16Array(samples);
    for (let i = 0; i < samples; i++) noise[i] = mix32(seed + Math.imul(i % LOOP_SAMPLES, 0x9e3779b9));
    this.#bytes = Buffer.from(noise.buffer);
  }

  /** What the `n`th session of the run says. */
  utterance(n: number, samples: number): Utterance {
    const offset = Number((BigInt(n + 1) * BigInt(STRIDE)) % BigInt(LOOP_SAMPLES));
    return {
      samples,
      slice: (from, to) => this.#slice(offset + from, to - from),
      endAfter: (sample) => Math.min(samples, sample),
      reference: () => null,
      words: [],
    };
  }

  #slice(from: number, length: number): Buffer {
    const at = (from % LOOP_SAMPLES) * BYTES_PER_SAMPLE;
    return this.#bytes.subarray(at, at + length * BYTES_PER_SAMPLE);
  }
}
