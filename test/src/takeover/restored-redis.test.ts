import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { appendOnlyFolder, type Cluster, startCluster, type TestRedis } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Talk, talk } from '../redis-topologies/talk.js';

const SESSIONS = 12;

let cluster: Cluster;
let redis: TestRedis;
beforeAll(async () => {
  cluster = await startCluster({ gateways: 2, routers: 2, workers: 2, env: { ENGINE: 'synthetic' } });
  redis = cluster.redis!;
});
afterAll(async () => await cluster.stop());
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

function speakFor(seconds: number): Promise<Talk[]> {
  const urls = cluster.gateways.map((gateway) => gateway.socketUrl);
  return talk({ urls, sessions: SESSIONS, seconds });
}

/** Every sample is in the text exactly once, and every event came once and in order. */
function judge(talks: readonly Talk[]): void {
  expect(talks).toHaveLength(SESSIONS);
  for (const { text, expected, seqs } of talks) {
    expect(text).toBe(expected);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  }
}

it('a worker that is killed in the middle of many sessions changes nothing in their text', async () => {
  const talking = speakFor(6);
  const [victim] = cluster.workers;
  await sleep(2_500);
  await victim!.killHard();
  const talks = await talking;
  await victim!.start();
  judge(talks);
  for (const { repeated } of talks) expect(repeated).toBe(0);
}, 60_000);

it('a Redis that comes back seconds older than it was loses no speech of clients that send again', async () => {
  const talking = speakFor(9);
  const log = appendOnlyFolder(redis.folder);
  const copy = join(redis.folder, 'copy');
  await sleep(3_500);
  await cp(log, copy, { recursive: true });
  const admin = new Redis(redis.url);
  await admin.set('written', 'after the copy');
  await sleep(2_000);
  await redis.process.killHard();
  await rm(log, { recursive: true });
  await cp(copy, log, { recursive: true });
  await redis.process.start();
  expect(await admin.exists('written')).toBe(0);
  admin.disconnect();
  judge(await talking);
}, 90_000);
