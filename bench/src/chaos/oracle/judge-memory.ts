import type { Memory, ProcessMemory } from '../world/memory.js';

const MEBIBYTE = 1_048_576;
/** What a process may hold on to beyond what it held before, once all sessions have ended and garbage is collected. */
export const HELD_BYTES = 6 * MEBIBYTE;
/**
 * What it may be resident in all: pages that the compiled code needs, and those that its allocator keeps, of which a gateway
 * may have filled 256 MiB with audio that Redis had not confirmed (`MAX_GATEWAY_IN_FLIGHT_BYTES`).
 */
export const RESIDENT_BYTES = 448 * MEBIBYTE;
/** Redis' own buffers, and what it keeps of ended sessions for those who come late: twice what is seen of each. */
const REDIS_BYTES = 6 * MEBIBYTE;
const REDIS_BYTES_A_SESSION = 2_048;
const REDIS_BYTES_A_SEGMENT = 384;

/** What was said between the two measurements. */
export interface Said {
  readonly sessions: number;
  readonly segments: number;
}

export const heldBytes = ({ heap, external }: ProcessMemory): number => heap + external;

/** How much more the process holds that grew most; negative when all hold less. */
export function mostGrownBytes(before: Memory, after: Memory): number {
  return Math.max(...growths(before, after).map(({ bytes }) => bytes));
}

/** Whether memory is back where it was before anybody spoke: what is not, in words. */
export function judgeMemory(before: Memory, after: Memory, { sessions, segments }: Said): string[] {
  const problems: string[] = [];
  for (const { name, bytes } of growths(before, after)) {
    if (bytes > HELD_BYTES) problems.push(`${name} holds ${megabytes(bytes)} MB more than before`);
  }
  for (const { name, resident } of after.processes) {
    if (resident > RESIDENT_BYTES) problems.push(`${name} is resident with ${megabytes(resident)} MB`);
  }
  const mostRedis =
    before.redis + REDIS_BYTES + sessions * REDIS_BYTES_A_SESSION + segments * REDIS_BYTES_A_SEGMENT;
  if (after.redis > mostRedis) {
    problems.push(`redis holds ${megabytes(after.redis)} MB, more than ${megabytes(mostRedis)}`);
  }
  if (after.streamEntries > 0) problems.push(`${after.streamEntries} entries are left in streams`);
  return problems;
}

function growths(before: Memory, after: Memory): { name: string; bytes: number }[] {
  const held = new Map(before.processes.map((process) => [process.name, heldBytes(process)]));
  return after.processes.map((process) => ({
    name: process.name,
    bytes: heldBytes(process) - (held.get(process.name) ?? 0),
  }));
}

function megabytes(bytes: number): string {
  return (bytes / MEBIBYTE).toFixed(1);
}
