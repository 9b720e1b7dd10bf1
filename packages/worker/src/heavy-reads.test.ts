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
import { FixedEndpointer } from './audio/fixed-endpointer.js';
import { bytesOf, noise } from './audio/fixtures/signals.js';
import { toInt16 } from './audio/samples.js';
import { SAMPLE_RATE_HZ } from './engines/engine.js';
import { SyntheticEngine } from './engines/synthetic-engine.js';
import { startWorker } from './worker.js';

const SHARDS = 16;
const LEASE_MS = 3_000;
/** Searching a second of audio for pauses takes so long, and all that one read brings half as long again as a lease. */
const SEARCH_MS = 140;
const CHUNKS = 2;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

class SlowEndpointer extends FixedEndpointer {
  override push(pcm: Int16Array): ReturnType<FixedEndpointer['push']> {
    Atomics.wait(sleeper, 0, 0, SEARCH_MS);
    return super.push(pcm);
  }
}

class SlowEngine extends SyntheticEngine {
  override createEndpointer(): SlowEndpointer {
    return new SlowEndpointer(SAMPLE_RATE_HZ);
  }
}

let server: TestRedis;
let redis: Redis;
let worker: RunningService;

beforeAll(async () => {
  const logger = createLogger({ level: 'silent', role: 'test', instance: 'test' });
  server = await startRedis({ appendfsync: 'no' });
  redis = new Redis(server.url);
  for (let shard = 0; shard < SHARDS; shard++) {
    const taken = await takeShard(redis, 'router', shard, 'router', 60_000);
    if (taken !== null) await markHealed(redis, shard, taken.lease, taken.runId);
  }
  worker = await startWorker({
    redisUrl: server.url,
    instanceId: 'worker',
    shardCount: SHARDS,
    leaseMs: LEASE_MS,
    adminPort: 0,
    maxSegmentSeconds: 30,
    holeWaitMs: 2_000,
    bufferBytes: 1_048_576 * 64,
    engine: new SlowEngine({ realTimeFactor: 0, latencyMs: 0, concurrency: 8 }),
    logger,
  });
});

afterAll(async () => {
  await worker?.close();
  redis?.disconnect();
  await server?.stop();
});

/** Results of a kind that were committed, over all shards. */
async function committed(letter: string): Promise<number> {
  const streams = await Promise.all(
    Array.from({ length: SHARDS }, (_, shard) => redis.xrange(keys.results(shard), '-', '+')),
  );
  return streams.flat().filter(([, fields]) => fields[1]?.split('|')[1] === letter).length;
}

it('a read that brings more audio than can be heard within a lease costs no lease, and all of it is heard', async () => {
  const epochs = await Promise.all(
    Array.from({ length: SHARDS }, async (_, shard) => {
      const { epoch } = await attachSession(redis, shard, {
        how: 'start',
        sessionId: `of-${shard}`,
        attachId: `attach${shard}`,
        gatewayId: 'gateway',
        tokenHash: 'token',
        userId: 'user',
        options: JSON.stringify(sessionOptions({ action: 'start', gap_ms: 0 })),
        graceMs: 60_000,
        replaces: '',
      });
      return epoch;
    }),
  );
  await waitFor(async () => (await committed('B')) === SHARDS, { what: 'the sessions to begin' });

  const second = Buffer.from(bytesOf(toInt16(noise(SAMPLE_RATE_HZ, 0.1))));
  // In one go, so that one read brings all of it.
  const all = redis.multi();
  for (const [shard, epoch] of epochs.entries()) {
    for (let n = 0; n < CHUNKS; n++) {
      all.xadd(keys.audio(shard), '*', 'h', audioHeader(`of-${shard}`, epoch, n, n), 'd', second);
    }
  }
  await all.exec();
  await waitFor(async () => (await committed('S')) === SHARDS * CHUNKS, {
    timeoutMs: 25_000,
    what: 'all segments',
  });
  const metrics = await scrape(`http://127.0.0.1:${worker.port}`);
  expect(sumOf(metrics, 'tributary_worker_leases_lost_total')).toBe(0);
  expect(sumOf(metrics, 'tributary_worker_leases_taken_total')).toBe(SHARDS);
});
