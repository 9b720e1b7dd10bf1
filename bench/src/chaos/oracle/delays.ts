import type { SessionRecord } from '../load/session-record.js';
import { SAMPLE_RATE_HZ, SAMPLES_PER_CHUNK, SAMPLES_PER_SEGMENT } from '../speech.js';

/** A disturbance, in milliseconds since 1970. */
export interface Fault {
  readonly name: string;
  readonly target: string;
  readonly atMs: number;
}

/** When something should have come and when it came. */
export interface Delivery {
  readonly dueMs: number;
  readonly atMs: number;
}

/** Shorter delays are those of a machine at work, not of a fault. */
const NOTICEABLE_MS = 250;

/** The segments of a session: each is due when its last chunk was said, the last one when the client finished. */
export function deliveries(record: SessionRecord): Delivery[] {
  return record.events.flatMap((event) => {
    if (event.type !== 'chunk_result' || event.end === undefined) return [];
    const samples = Math.round(event.end * SAMPLE_RATE_HZ);
    const whole = samples % SAMPLES_PER_SEGMENT === 0;
    const sentAtMs = record.sentAtMs[Math.ceil(samples / SAMPLES_PER_CHUNK) - 1];
    const dueMs = whole ? sentAtMs : (record.finishedAtMs ?? sentAtMs);
    return dueMs === undefined ? [] : [{ dueMs, atMs: event.atMs }];
  });
}

/** The longest time that a client waited for text it was due. */
export function longestPauseMs(list: readonly Delivery[]): number {
  return list.reduce((longest, { dueMs, atMs }) => Math.max(longest, atMs - dueMs), 0);
}

/** How long after its finish a session got its final result; null without one. */
export function finalWaitMs(record: SessionRecord): number | null {
  const final = record.events.find((event) => event.type === 'final_result');
  return final === undefined || record.finishedAtMs === null ? null : final.atMs - record.finishedAtMs;
}

export interface Recoveries {
  /** For each session and fault that it noticed: how long after the fault text came again. */
  readonly allMs: readonly number[];
  /** The same for each fault in turn; 0 for those that were not noticed. */
  readonly byFaultMs: readonly number[];
  /** Those of pauses into which no second fault fell. */
  readonly singleMs: readonly number[];
}

/**
 * How long one session took to recover from each fault. A segment that should have come before the next fault, and
 * came after this one, counts from the fault or from when it was due, whichever was later.
 */
export function recoveries(list: readonly Delivery[], faults: readonly Fault[]): Recoveries {
  const allMs: number[] = [];
  const byFaultMs: number[] = [];
  const singleMs: number[] = [];
  faults.forEach((fault, position) => {
    const nextMs = faults[position + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    let worstMs = 0;
    let untilMs = 0;
    for (const { dueMs, atMs } of list) {
      if (dueMs >= nextMs || atMs <= fault.atMs) continue;
      const tookMs = atMs - Math.max(dueMs, fault.atMs);
      if (tookMs <= worstMs) continue;
      worstMs = tookMs;
      untilMs = atMs;
    }
    byFaultMs.push(worstMs < NOTICEABLE_MS ? 0 : worstMs);
    if (worstMs < NOTICEABLE_MS) return;
    allMs.push(worstMs);
    const waitedBefore = list.some(
      ({ dueMs, atMs }) => dueMs < fault.atMs - NOTICEABLE_MS && atMs > fault.atMs,
    );
    if (!waitedBefore && untilMs <= nextMs) singleMs.push(worstMs);
  });
  return { allMs, byFaultMs, singleMs };
}

/** The value below which half of the others lie; 0 for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

export function most(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}
