import { SAMPLE_RATE_HZ } from '../engines/engine.js';
import { kernelFor, type ResamplingKernel } from './resampling-kernel.js';

/** Both counted from the beginning of the stream. */
export interface ResamplerPosition {
  /** Input frame that is pushed first. */
  frame: number;
  /** 16 kHz sample that is given out first. */
  sample: number;
}

/**
 * Band-limited resampling of a mono stream of any rate to 16 kHz. Every output sample is a sum over a fixed
 * window of input frames around its own place, and nothing else: neither how the input was sliced nor where
 * the resampler was started shows in its output, as long as it is started at or before `firstFrameFor(sample)`.
 * Frames before the first and after the last one count as silence.
 */
export class Resampler {
  readonly #kernel: ResamplingKernel | null;
  /** Input frames that are still needed, the first of them being frame `#first`. */
  #frames = new Float32Array(0);
  #first: number;
  #sample: number;

  constructor(rateHz: number, from: ResamplerPosition = { frame: 0, sample: 0 }) {
    this.#kernel = rateHz === SAMPLE_RATE_HZ ? null : kernelFor(rateHz);
    this.#first = from.frame;
    this.#sample = from.sample;
  }

  /** False when the rate is 16 kHz: frames are samples then. */
  get resamples(): boolean {
    return this.#kernel !== null;
  }

  /** First input frame that output `sample` and those behind it depend on. */
  firstFrameFor(sample: number): number {
    if (this.#kernel === null) return sample;
    return Math.max(0, placeOf(sample, this.#kernel).frame - this.#kernel.reach + 1);
  }

  /** Takes the next `[n]` frames; returns the samples that no further frame can change. */
  push(frames: Float32Array): Float32Array {
    if (this.#kernel === null) return frames;
    const joined = new Float32Array(this.#frames.length + frames.length);
    joined.set(this.#frames);
    joined.set(frames, this.#frames.length);
    this.#frames = joined;
    // Sample k is settled when frame floor(k * step / phases) + reach is there.
    const settledFrames = this.#first + joined.length - this.#kernel.reach;
    const out = this.#render(settledFrames, this.#kernel);
    const drop = Math.min(Math.max(0, this.firstFrameFor(this.#sample) - this.#first), joined.length);
    this.#frames = joined.slice(drop);
    this.#first += drop;
    return out;
  }

  /** The end of the stream: the samples up to the last frame, as if silence followed. */
  flush(): Float32Array {
    if (this.#kernel === null) return new Float32Array(0);
    const out = this.#render(this.#first + this.#frames.length, this.#kernel);
    this.#first += this.#frames.length;
    this.#frames = new Float32Array(0);
    return out;
  }

  /** All samples not yet given out whose place lies before input frame `end`. */
  #render(end: number, kernel: ResamplingKernel): Float32Array {
    const endSample = Math.ceil((end * kernel.phases) / kernel.step);
    const out = new Float32Array(Math.max(0, endSample - this.#sample));
    for (let i = 0; i < out.length; i++) out[i] = this.#sampleAt(this.#sample + i, kernel);
    this.#sample += out.length;
    return out;
  }

  #sampleAt(sample: number, kernel: ResamplingKernel): number {
    const { frame, phase } = placeOf(sample, kernel);
    const taps = 2 * kernel.reach;
    const lowest = frame - kernel.reach + 1;
    const offset = lowest - this.#first;
    const from = Math.max(0, -offset);
    const to = Math.min(taps, this.#frames.length - offset);
    if (kernel.exact) return dot(kernel.rows, phase * taps, this.#frames, offset, from, to);
    const place = (phase / kernel.phases) * (kernel.rowCount - 1);
    const row = Math.floor(place);
    const low = dot(kernel.rows, row * taps, this.#frames, offset, from, to);
    const high = dot(kernel.rows, (row + 1) * taps, this.#frames, offset, from, to);
    return low + (high - low) * (place - row);
  }
}

/** Where an output sample stands: an input frame, and phases behind it. Exact up to 2^53 / step samples. */
function placeOf(sample: number, kernel: ResamplingKernel): { frame: number; phase: number } {
  const position = sample * kernel.step;
  const phase = position % kernel.phases;
  return { frame: (position - phase) / kernel.phases, phase };
}

/** Sum over taps [from, to) of `rows[row + tap] * frames[offset + tap]`. */
function dot(
  rows: Float32Array,
  row: number,
  frames: Float32Array,
  offset: number,
  from: number,
  to: number,
): number {
  let sum = 0;
  for (let tap = from; tap < to; tap++) sum += rows[row + tap]! * frames[offset + tap]!;
  return sum;
}
