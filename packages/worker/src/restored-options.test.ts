import { audioHeader, keys, sessionOptions } from '@tributary/shared';
import { waitFor } from '@tributary/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytesOf, noise } from './audio/fixtures/signals.js';
import { toInt16 } from './audio/samples.js';
import { SyntheticEngine } from './engines/synthetic-engine.js';
import { LoneWorker } from './fixtures/lone-worker.js';

const SHARD = 0;
const ID = 'healed';
const CHUNK = Buffer.from(bytesOf(toInt16(noise(1_600, 0.1))));

let worker: LoneWorker;
beforeAll(async () => {
  worker = await LoneWorker.start(
    1,
    new SyntheticEngine({ realTimeFactor: 0, latencyMs: 0, concurrency: 8 }),
  );
});
afterAll(async () => await worker?.stop());

async function say(epoch: string, chunkIndex: number): Promise<void> {
  await worker.redis.xadd(keys.audio(SHARD), '*', 'h', audioHeader(ID, epoch, 0, chunkIndex), 'd', CHUNK);
}

const lost = (): Promise<number> => worker.metric('tributary_worker_leases_lost_total');

it('a session whose options come back after its worker has met it is heard again with them, once', async () => {
  const first = await worker.attach(SHARD, ID);
  await say(first, 0);
  await waitFor(async () => (await worker.committed('B')) === 1, { what: 'the session to begin' });
  expect(await worker.committed('S')).toBe(0);

  const restored = sessionOptions({ action: 'start', mode: 'segments', gap_ms: 0 });
  await worker.redis.hset(keys.session(SHARD, ID), 'options', JSON.stringify(restored));
  const second = await worker.attach(SHARD, ID, first);
  await waitFor(async () => (await worker.committed('S')) === 1, { what: 'the chunk to be a segment' });
  expect(await lost()).toBe(1);

  // The entry of the first epoch, with other options than there are now, is read again, and changes nothing.
  await say(second, 1);
  await waitFor(async () => (await worker.committed('S')) === 2, { what: 'the next chunk to be one too' });
  expect(await lost()).toBe(1);
});
