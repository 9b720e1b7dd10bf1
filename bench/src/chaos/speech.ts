import { mix32, seedOf } from './random.js';

/*
 * What the sessions "say": noise that follows from a seed, so that whoever knows the seed knows every sample, and
 * nothing has to be kept. Any range can be computed without what comes before it.
 */

export const SAMPLE_RATE_HZ = 16_000;
export const CHUNK_MS = 100;
export const SAMPLES_PER_CHUNK = (SAMPLE_RATE_HZ * CHUNK_MS) / 1_000;
/** The synthetic recogniser ends a segment after so many samples. */
export const SAMPLES_PER_SEGMENT = SAMPLE_RATE_HZ;
/** The noise, described to the server: its bytes must not be taken for some container. */
export const FORMAT = { encoding: 's16le', sample_rate: SAMPLE_RATE_HZ, channels: 1 } as const;

const STEP = 0x9e3779b9;

export function speechSeed(runSeed: number, sessionId: string): number {
  return seedOf(runSeed, 'speech', sessionId);
}

/** Samples `from` up to but not including `to`. */
export function speech(seed: number, from: number, to: number): Int16Array {
  const samples = new Int16Array(Math.max(0, to - from));
  for (let i = 0; i < samples.length; i++) samples[i] = mix32(seed + Math.imul(from + i, STEP));
  return samples;
}

/** One chunk as it goes over the wire. */
export function speechChunk(seed: number, chunkIndex: number): Uint8Array {
  const from = chunkIndex * SAMPLES_PER_CHUNK;
  return new Uint8Array(speech(seed, from, from + SAMPLES_PER_CHUNK).buffer);
}
