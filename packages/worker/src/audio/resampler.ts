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
  #frames = new Float64Array(0);
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
    const joined = new Float64Array(this.#frames.length + frames.length);
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
    this.#frames = new Float64Array(0);
    return out;
  }

  /** All samples not yet given out whose place lies before input frame `end`. */
  #render(end: number, kernel: ResamplingKernel): Float32Array {
    const endSample = Math.ceil((end * kernel.phases) / kernel.step);
    const out = new Float32Array(Math.max(0, endSample - this.#sample));
    const { rows, taps, reach } = kernel;
    const frames = this.#frames;
    const place = placeOf(this.#sample, kernel);
    let { phase } = place;
    let offset = place.frame - reach + 1 - this.#first;
    for (let i = 0; i < out.length; i++) {
      out[i] = kernel.exact
        ? dot(rows, phase * taps, taps, frames, offset)
        : blended(kernel, phase, frames, offset);
      phase += kernel.step;
      while (phase >= kernel.phases) {
        phase -= kernel.phases;
        offset += 1;
      }
    }
    this.#sample += out.length;
    return out;
  }
}

/** A sample between two rows of the table. */
function blended(kernel: ResamplingKernel, phase: number, frames: Float64Array, offset: number): number {
  const { rows, taps } = kernel;
  const place = (phase / kernel.phases) * (kernel.rowCount - 1);
  const row = Math.floor(place);
  const low = dot(rows, row * taps, taps, frames, offset);
  const high = dot(rows, (row + 1) * taps, taps, frames, offset);
  return low + (high - low) * (place - row);
}

/** Where an output sample stands: an input frame, and phases behind it. Exact up to 2^53 / step samples. */
function placeOf(sample: number, kernel: ResamplingKernel): { frame: number; phase: number } {
  const position = sample * kernel.step;
  const phase = position % kernel.phases;
  return { frame: (position - phase) / kernel.phases, phase };
}

/**
 * Sum over all taps of `rows[row + tap] * frames[offset + tap]`, frames outside of `frames` being silence. It is taken
 * in four lanes, by which the processor need not wait for each addition; each lane's order is always the same.
 */
function dot(rows: Float64Array, row: number, taps: number, frames: Float64Array, offset: number): number {
  if (offset < 0 || offset + taps > frames.length) return dotAtEdge(rows, row, taps, frames, offset);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let tap = 0; tap < taps; tap += 4) {
    a += rows[row + tap]! * frames[offset + tap]!;
    b += rows[row + tap + 1]! * frames[offset + tap + 1]!;
    c += rows[row + tap + 2]! * frames[offset + tap + 2]!;
    d += rows[row + tap + 3]! * frames[offset + tap + 3]!;
  }
  return a + b + (c + d);
}

/** The same sum, tap by tap. */
function dotAtEdge(
  rows: Float64Array,
  row: number,
  taps: number,
  frames: Float64Array,
  offset: number,
): number {
  const lanes = [0, 0, 0, 0];
  const from = Math.max(0, -offset);
  const to = Math.min(taps, frames.length - offset);
  for (let tap = from; tap < to; tap++) lanes[tap & 3]! += rows[row + tap]! * frames[offset + tap]!;
  const [a, b, c, d] = lanes as [number, number, number, number];
  return a + b + (c + d);
}
