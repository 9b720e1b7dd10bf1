import { Cluster, Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { startRedisCluster } from './start-redis-cluster.js';
import { startSentinel } from './start-sentinel.js';

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

it('sentinels name another master when the first one is killed', async () => {
  const group = await startSentinel();
  cleanUps.push(group.stop);
  const master = await group.master();
  const client = new Redis({
    sentinels: group.sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
    name: 'tributary',
    maxRetriesPerRequest: null,
  });
  client.on('error', () => undefined);
  cleanUps.push(async () => client.disconnect());
  await client.set('kept', 'yes');
  expect(await client.wait(2, 1_000)).toBe(2);
  const tookMs = await group.failover();
  expect(tookMs).toBeLessThan(10_000);
  expect(await group.master()).not.toBe(master);
  expect(await client.get('kept')).toBe('yes');
});

it('a cluster gives the slots of a killed master to its replica', async () => {
  const group = await startRedisCluster();
  cleanUps.push(group.stop);
  expect(await group.masters()).toHaveLength(3);
  const client = new Cluster(group.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
  cleanUps.push(async () => client.disconnect());
  const keys = Array.from({ length: 30 }, (_, i) => `key-${i}`);
  for (const key of keys) await client.set(key, key);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const [victim] = await group.masters();
  await group.failover(victim);
  expect(await group.masters()).toHaveLength(3);
  for (const key of keys) await expect.poll(async () => await client.get(key).catch(String)).toBe(key);
});
