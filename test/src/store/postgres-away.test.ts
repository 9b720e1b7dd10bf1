import { keys } from '@tributary/shared';
import { openStore, readSession } from '@tributary/shared/store';
import { type Cluster, startCluster, startPostgres, type TestPostgres, waitFor } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { speak } from '../takeover/speak.js';
import { settingsOf } from './database.js';

/*
 * PostgreSQL is away for longer than routers may remember what is to be stored: text goes on, the backlog waits in
 * Redis, and in the end everything is stored once.
 */

const SESSIONS = 10;
const SECONDS = 3;
const SHARDS = 64;
/** Of each session: its beginning, a segment a second, its end. */
const ROWS = SESSIONS * (SECONDS + 2);
const MOST_WAITING = 10;

let postgres: TestPostgres;
let cluster: Cluster;
let redis: Redis;
beforeAll(async () => {
  postgres = await startPostgres();
  const { url } = await postgres.createDatabase();
  cluster = await startCluster({
    databaseUrl: url,
    routers: 2,
    env: { ENGINE: 'synthetic', STORE_WAITING_ROWS: String(MOST_WAITING) },
  });
  redis = new Redis(cluster.redisUrl);
}, 60_000);
afterAll(async () => {
  redis?.disconnect();
  await cluster?.stop();
  await postgres?.stop();
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

const speakAll = async () =>
  await Promise.all(Array.from({ length: SESSIONS }, () => speak([cluster.socketUrl], SECONDS)));

/** Rows that the routers keep in memory, all together. */
async function waitingRows(): Promise<number> {
  const counts = cluster.routers.map(async ({ url }) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(/^tributary_router_waiting_rows\{[^}]*\} (\d+)/m.exec(text)?.[1] ?? Number.NaN);
  });
  return (await Promise.all(counts)).reduce((a, b) => a + b, 0);
}

async function resultsInRedis(): Promise<number> {
  const lengths = Array.from({ length: SHARDS }, (_, shard) => redis.xlen(keys.results(shard)));
  return (await Promise.all(lengths)).reduce((a, b) => a + b, 0);
}

it('text goes on and memory stays bounded, also when a router dies; all is stored afterwards', async () => {
  await postgres.process.stop();
  const first = await speakAll();
  await cluster.routers[0]!.killHard();
  await cluster.routers[0]!.start();
  const spoken = [...first, ...(await speakAll())];
  for (const { text, expected, seqs } of spoken) {
    expect(text).toBe(expected);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  }
  // Each router may take what one more read brings once it has room for a row: after its start, much of what waits.
  const kept = await waitingRows();
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(2 * ROWS);
  expect(await resultsInRedis()).toBeGreaterThanOrEqual(2 * ROWS);

  await postgres.process.start();
  await waitFor(async () => (await resultsInRedis()) === 0, { what: 'all to be stored', timeoutMs: 30_000 });
  expect(await waitingRows()).toBe(0);
  const store = openStore(settingsOf(cluster.databaseUrl), { applicationName: 'test' });
  try {
    for (const { sessionId, text } of spoken) {
      const stored = await readSession(store.db, sessionId);
      expect(stored?.session.final_text).toBe(text);
      expect(stored?.chunks).toHaveLength(SECONDS);
    }
  } finally {
    await store.close();
  }
}, 90_000);
