import {
  attachSession,
  audioHeader,
  createLogger,
  keys,
  markHealed,
  type RunningService,
  sessionOptions,
  takeShard,
} from '@tributary/shared';
import { scrape, startRedis, sumOf, type TestRedis, waitFor } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOf, noise } from './audio/fixtures/signals.js';
import { toInt16 } from './audio/samples.js';
import { SyntheticEngine } from './engines/synthetic-engine.js';
import { startWorker } from './worker.js';

const SHARD = 0;
const ID = 'healed';

let server: TestRedis;
let redis: Redis;
let worker: RunningService;

beforeAll(async () => {
  server = await startRedis({ appendfsync: 'no' });
  redis = new Redis(server.url);
  const taken = await takeShard(redis, 'router', SHARD, 'router', 60_000);
  if (taken !== null) await markHealed(redis, SHARD, taken.lease, taken.runId);
  worker = await startWorker({
    redisUrl: server.url,
    instanceId: 'worker',
    shardCount: 1,
    leaseMs: 3_000,
    adminPort: 0,
    maxSegmentSeconds: 30,
    holeWaitMs: 2_000,
    bufferBytes: 1_048_576,
    engine: new SyntheticEngine({ realTimeFactor: 0, latencyMs: 0, concurrency: 8 }),
    logger: createLogger({ level: 'silent', role: 'test', instance: 'test' }),
  });
});

afterAll(async () => {
  await worker?.close();
  redis?.disconnect();
  await server?.stop();
});

/** A gateway begins the session, or an epoch of it. */
async function attach(how: 'start' | 'resume', replaces: string): Promise<string> {
  const { epoch } = await attachSession(redis, SHARD, {
    how,
    sessionId: ID,
    attachId: `${how}${replaces}`,
    gatewayId: 'gateway',
    tokenHash: 'token',
    userId: 'user',
    options: JSON.stringify(sessionOptions({ action: 'start', gap_ms: 0 })),
    graceMs: 60_000,
    replaces,
  });
  return epoch;
}

async function say(epoch: string, n: number): Promise<void> {
  const pcm = Buffer.from(bytesOf(toInt16(noise(1_600, 0.1))));
  await redis.xadd(keys.audio(SHARD), '*', 'h', audioHeader(ID, epoch, n, n), 'd', pcm);
}

const lost = async (): Promise<number> =>
  sumOf(await scrape(`http://127.0.0.1:${worker.port}`), 'tributary_worker_leases_lost_total');

async function results(letter: string): Promise<number> {
  const entries = await redis.xrange(keys.results(SHARD), '-', '+');
  return entries.filter(([, fields]) => fields[1]?.split('|')[1] === letter).length;
}

it('a session whose options come back after its worker has met it is heard again with them, once', async () => {
  const first = await attach('start', '');
  await say(first, 0);
  await waitFor(async () => (await results('B')) === 1, { what: 'the session to begin' });
  expect(await results('S')).toBe(0);

  const restored = sessionOptions({ action: 'start', mode: 'segments', gap_ms: 0 });
  await redis.hset(keys.session(SHARD, ID), 'options', JSON.stringify(restored));
  const second = await attach('resume', first);
  await waitFor(async () => (await results('S')) === 1, { what: 'the chunk to be a segment' });
  expect(await lost()).toBe(1);

  // The entry of the first epoch, with other options than there are now, is read again, and changes nothing.
  await redis.xadd(keys.audio(SHARD), '*', 'h', audioHeader(ID, second, 0, 1), 'd', Buffer.alloc(3_200));
  await waitFor(async () => (await results('S')) === 2, { what: 'the next chunk to be one too' });
  expect(await lost()).toBe(1);
});
