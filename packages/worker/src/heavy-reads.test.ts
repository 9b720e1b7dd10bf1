import { audioHeader, keys } from '@tributary/shared';
import { waitFor } from '@tributary/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FixedEndpointer } from './audio/fixed-endpointer.js';
import { bytesOf, noise } from './audio/fixtures/signals.js';
import { toInt16 } from './audio/samples.js';
import { SAMPLE_RATE_HZ } from './engines/engine.js';
import { SyntheticEngine } from './engines/synthetic-engine.js';
import { LoneWorker } from './fixtures/lone-worker.js';

const SHARDS = 16;
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

let worker: LoneWorker;
beforeAll(async () => {
  worker = await LoneWorker.start(
    SHARDS,
    new SlowEngine({ realTimeFactor: 0, latencyMs: 0, concurrency: 8 }),
  );
});
afterAll(async () => await worker?.stop());

it('a read that brings more audio than can be heard within a lease costs no lease, and all of it is heard', async () => {
  const epochs = await Promise.all(
    Array.from({ length: SHARDS }, async (_, shard) => await worker.attach(shard, `of-${shard}`)),
  );
  await waitFor(async () => (await worker.committed('B')) === SHARDS, { what: 'the sessions to begin' });

  const second = Buffer.from(bytesOf(toInt16(noise(SAMPLE_RATE_HZ, 0.1))));
  // In one go, so that one read brings all of it.
  const all = worker.redis.multi();
  for (const [shard, epoch] of epochs.entries()) {
    for (let n = 0; n < CHUNKS; n++) {
      all.xadd(keys.audio(shard), '*', 'h', audioHeader(`of-${shard}`, epoch, n, n), 'd', second);
    }
  }
  await all.exec();
  await waitFor(async () => (await worker.committed('S')) === SHARDS * CHUNKS, {
    timeoutMs: 25_000,
    what: 'all segments',
  });
  expect(await worker.metric('tributary_worker_leases_lost_total')).toBe(0);
  expect(await worker.metric('tributary_worker_leases_taken_total')).toBe(SHARDS);
});
