import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, startCluster } from '@tributary/testkit';
import { expect } from 'vitest';
import { type Talk, talk } from './talk.js';

export const SESSIONS = 12;
/** Not a whole number of segments: the last one ends with the session. */
const SECONDS = 4.35;
const FAILOVER_AFTER_MS = 1_200;

export interface Pauses {
  failoverMs: number;
  /** Longest time that any client waited for an acknowledgement, and for an event. */
  longestPauseMs: number;
  longestGapMs: number;
}

/** Two of each service, on a Redis of some kind. */
export async function startServices(redisUrl: string): Promise<Cluster> {
  return await startCluster({
    redisUrl,
    gateways: 2,
    routers: 2,
    workers: 2,
    env: { ENGINE: 'synthetic', SHARDS: '16', LOG_LEVEL: 'warn' },
  });
}

/** Clients speak while Redis fails over, and each gets exactly what it said. */
export async function expectNothingLost(
  services: Cluster,
  failover: () => Promise<number>,
  seconds = SECONDS,
): Promise<Pauses> {
  const talking = talk({
    urls: services.gateways.map(({ socketUrl }) => socketUrl),
    sessions: SESSIONS,
    seconds,
  });
  const failing = sleep(FAILOVER_AFTER_MS).then(failover);
  const [talks, failoverMs] = await Promise.all([talking, failing]);
  for (const one of talks) expectExact(one, Math.ceil(seconds * 10));
  for (const { name, running } of [...services.gateways, ...services.routers, ...services.workers]) {
    expect(running, name).toBe(true);
  }
  return {
    failoverMs,
    longestPauseMs: Math.max(...talks.map(({ longestPauseMs }) => longestPauseMs)),
    longestGapMs: Math.max(...talks.map(({ longestGapMs }) => longestGapMs)),
  };
}

function expectExact({ text, expected, seqs, chunkCount }: Talk, chunks: number): void {
  expect(text).toBe(expected);
  // Each once and in order: without holes from 1 to the final result.
  expect(seqs).toEqual(Array.from(seqs, (_, i) => i + 1));
  expect(seqs.length).toBe(expected.split(' ').length + 1);
  expect(chunkCount).toBe(chunks);
}
