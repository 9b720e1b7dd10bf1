import { SAMPLE_RATE_HZ } from '../engine.js';

/** A cut is made in the middle of the quietest 100 ms of the last 2 s that fit, or of their second half. */
const SEARCH_SAMPLES = 2 * SAMPLE_RATE_HZ;
const QUIET_SAMPLES = SAMPLE_RATE_HZ / 10;
const STEP_SAMPLES = SAMPLE_RATE_HZ / 100;

/** Cuts a segment that is longer than a model can hear into pieces of at most `maxSamples`, at quiet places. */
export function splitLong(pcm: Int16Array, maxSamples: number): Int16Array[] {
  if (pcm.length <= maxSamples) return [pcm];
  const pieces: Int16Array[] = [];
  let rest = pcm;
  while (rest.length > maxSamples) {
    const cut = quietestCut(rest, Math.max(maxSamples - SEARCH_SAMPLES, maxSamples >> 1), maxSamples);
    pieces.push(rest.subarray(0, cut));
    rest = rest.subarray(cut);
  }
  return [...pieces, rest];
}

/** Middle of the quietest stretch within [from, to); `to` where there is no room for one. */
function quietestCut(pcm: Int16Array, from: number, to: number): number {
  let quietest = Number.POSITIVE_INFINITY;
  let cut = to;
  for (let at = from; at + QUIET_SAMPLES <= to; at += STEP_SAMPLES) {
    let power = 0;
    for (let i = at; i < at + QUIET_SAMPLES; i++) power += pcm[i]! * pcm[i]!;
    if (power > quietest) continue;
    quietest = power;
    cut = at + QUIET_SAMPLES / 2;
  }
  return cut;
}
