import { SAMPLE_RATE_HZ } from '../engines/engine.js';

/**
 * Coefficients that turn one input rate into 16 kHz. Output sample k stands at input frame `k * step / phases`
 * (a whole number of steps over a whole number of phases, so positions are exact for any length of stream).
 */
export interface ResamplingKernel {
  /** Input frames per `phases` output samples, without common factor. */
  step: number;
  phases: number;
  /** Input frames that an output sample looks at on either side of its place. */
  reach: number;
  /** Input frames in an output sample's window: twice the reach, and a multiple of 4. */
  taps: number;
  /** `[rows x taps]`, row r for places r / (rows - 1) or r / phases behind an input frame. */
  rows: Float64Array;
  /** Rows are exact for every phase; otherwise two neighbours are to be blended. */
  exact: boolean;
  rowCount: number;
}

/** 80 dB Kaiser window. */
const BETA = 7.857;
/** Zero crossings on each side: with BETA a transition from 0.45 to 0.55 of the lower rate (7.2 to 8.8 kHz). */
const CROSSINGS = 26;
/** Rates with more phases than this (none that is in use) blend neighbouring rows, 100 dB below the signal. */
const MAX_PHASES = 1_024;
const BLENDED_ROWS = 513;
const MAX_CACHED = 8;

const cache = new Map<number, ResamplingKernel>();

/** The kernel for an input rate in Hz. The last few are kept; each is at most 5.3 MB. */
export function kernelFor(rateHz: number): ResamplingKernel {
  const kernel = cache.get(rateHz) ?? buildKernel(rateHz);
  cache.delete(rateHz);
  cache.set(rateHz, kernel);
  if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!);
  return kernel;
}

function buildKernel(rateHz: number): ResamplingKernel {
  const common = greatestCommonDivisor(rateHz, SAMPLE_RATE_HZ);
  const phases = SAMPLE_RATE_HZ / common;
  const cutoff = Math.min(1, SAMPLE_RATE_HZ / rateHz);
  const reach = 2 * Math.ceil(CROSSINGS / cutoff / 2);
  const exact = phases <= MAX_PHASES;
  const rowCount = exact ? phases : BLENDED_ROWS;
  const taps = 2 * reach;
  const rows = new Float64Array(rowCount * taps);
  for (let r = 0; r < rowCount; r++) {
    const fraction = r / (exact ? phases : BLENDED_ROWS - 1);
    const row = Float64Array.from({ length: taps }, (_, tap) => {
      const distance = fraction + reach - 1 - tap;
      return sinc(cutoff * distance) * kaiser(distance / reach);
    });
    const sum = row.reduce((total, value) => total + value, 0);
    for (let tap = 0; tap < taps; tap++) rows[r * taps + tap] = row[tap]! / sum;
  }
  return { step: rateHz / common, phases, reach, taps, rows, exact, rowCount };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Kaiser window over [-1, 1]. */
function kaiser(x: number): number {
  return bessel0(BETA * Math.sqrt(Math.max(0, 1 - x * x))) / bessel0(BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel0(x: number): number {
  const quarter = (x * x) / 4;
  let sum = 1;
  let term = 1;
  for (let n = 1; term > sum * 1e-12; n++) {
    term *= quarter / (n * n);
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
