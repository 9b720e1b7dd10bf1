import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, startCluster } from '@tributary/testkit';
import { expect } from 'vitest';
import { type Talk, talk } from './talk.js';

const SESSIONS = 24;
/** Not a whole number of segments: the last one ends with the session. */
const SECONDS = 8.35;
const CHUNKS = Math.ceil(SECONDS * 10);
const FAILOVER_AFTER_MS = 3_500;

/** Two of each service, on a Redis of some kind. */
export async function startServices(redisUrl: string): Promise<Cluster> {
  return await startCluster({
    redisUrl,
    gateways: 2,
    routers: 2,
    workers: 2,
    env: { ENGINE: 'synthetic', SHARDS: '16', LOG_LEVEL: 'debug' },
  });
}

/** Clients speak while Redis fails over, and each gets exactly what it said. */
export async function expectNothingLost(services: Cluster, failover: () => Promise<number>): Promise<void> {
  const talking = talk({
    urls: services.gateways.map(({ socketUrl }) => socketUrl),
    sessions: SESSIONS,
    seconds: SECONDS,
  });
  const failing = sleep(FAILOVER_AFTER_MS).then(failover);
  const [talks, failoverMs] = await Promise.all([talking, failing]);
  if (process.env.DUMP)
    (await import('node:fs')).writeFileSync(
      process.env.DUMP,
      services.logs() + JSON.stringify(talks, null, 1),
    );
  for (const one of talks) expectExact(one);
  const pauses = talks.map(({ longestPauseMs }) => longestPauseMs).sort((a, b) => a - b);
  const round = (ms: number | undefined): string => `${Math.round(ms ?? 0)} ms`;
  process.stdout.write(
    `Redis was back after ${round(failoverMs)}; longest time without an acknowledgement: ` +
      `median ${round(pauses[pauses.length >> 1])}, worst ${round(pauses.at(-1))}\n`,
  );
  for (const service of services.gateways) expect(service.running).toBe(true);
  for (const service of [...services.routers, ...services.workers]) expect(service.running).toBe(true);
}

function expectExact({ text, expected, seqs, chunkCount }: Talk): void {
  expect(text).toBe(expected);
  // Each once and in order: without holes from 1 to the final result.
  expect(seqs).toEqual(Array.from(seqs, (_, i) => i + 1));
  expect(seqs.length).toBe(expected.split(' ').length + 1);
  expect(chunkCount).toBe(CHUNKS);
}
