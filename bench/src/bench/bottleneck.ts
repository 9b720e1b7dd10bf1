import type { Latency } from './measurement.js';

/** A load generator that is later than this with one chunk in a hundred measures itself as well. */
const LATE_SEND_MS = 20;
/** So is one whose event loop is away for so long once in a hundred looks. */
const LOOP_DELAY_MS = 50;

/** Why the load may have been the bottleneck, in words; null when it kept its times. */
export function bottleneckOf(send: Latency, loopDelayP99Ms: number): string | null {
  if (send.count > 0 && send.p99 > LATE_SEND_MS)
    return `one chunk in a hundred was sent ${send.p99.toFixed(0)} ms or more after it was due`;
  if (loopDelayP99Ms > LOOP_DELAY_MS)
    return `in its worst second a load process answered only every ${loopDelayP99Ms.toFixed(0)} ms`;
  return null;
}
