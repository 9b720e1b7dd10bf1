import { type Cluster, startCluster } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { frame, RawClient } from '../raw-client.js';
import { noise, textsOf } from '../speech.js';
import { read, Talk, until } from './talk.js';

/** One segment at a time, half a second each: a recogniser that is soon behind. */
const LATENCY_MS = 500;
const SECONDS = 6;
/** A little more than so many seconds. */
const IN_FLIGHT_BYTES = 220_000;

let cluster: Cluster;
let gateway: string;
let worker: string;

beforeAll(async () => {
  cluster = await startCluster({
    env: {
      ENGINE: 'synthetic',
      SYNTHETIC_LATENCY_MS: String(LATENCY_MS),
      SYNTHETIC_CONCURRENCY: '1',
      MAX_SESSION_IN_FLIGHT_BYTES: String(IN_FLIGHT_BYTES),
      MAX_SOCKET_BACKLOG_BYTES: '65536',
    },
  });
  gateway = cluster.url;
  worker = cluster.workers[0]?.url ?? '';
});
afterAll(async () => await cluster?.stop());

test('audio of an open segment is kept, and is not taken for a backlog', async () => {
  const talk = await Talk.start(cluster.socketUrl);
  talk.say(noise(0.5, 1));
  await until(worker, 'tributary_worker_sessions', (sessions) => sessions === 1);
  const shard = { shard: String(talk.shard) };
  await until(worker, 'tributary_shard_waiting_entries', (entries) => entries >= 5, shard);
  for (let look = 0; look < 10; look++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await read(worker, 'tributary_shard_oldest_entry_age_seconds', shard)).toBe(0);
  }
  await talk.finish();
  await until(worker, 'tributary_shard_waiting_entries', (entries) => entries === 0, shard);
});

test('a recogniser that is behind shows as age, waiting segments and a busy ratio, until it has caught up', async () => {
  const pcm = noise(SECONDS, 2);
  const talk = await Talk.start(cluster.socketUrl);
  const shard = { shard: String(talk.shard) };
  talk.say(pcm);
  const age = await until(worker, 'tributary_shard_oldest_entry_age_seconds', (s) => s > 1, shard);
  expect(age).toBeLessThan(SECONDS);
  expect(await read(worker, 'tributary_worker_oldest_entry_age_seconds')).toBeGreaterThan(1);
  expect(await read(worker, 'tributary_worker_waiting_segments')).toBeGreaterThan(0);
  expect(await read(worker, 'tributary_worker_waiting_bytes')).toBeGreaterThan(32_000);
  await talk.results(SECONDS);
  const busy = await read(worker, 'tributary_worker_busy_ratio');
  expect(busy).toBeGreaterThan(0.2);
  expect(busy).toBeLessThanOrEqual(1);
  expect(await talk.finish()).toBe(textsOf(pcm).join(' '));
  await until(worker, 'tributary_worker_oldest_entry_age_seconds', (s) => s === 0);
  expect(await read(worker, 'tributary_worker_waiting_segments')).toBe(0);
  // The last of the segments waited for all others: seconds, and measured as such at both ends.
  const over = await read(gateway, 'tributary_gateway_result_seconds_count');
  const quick = await read(gateway, 'tributary_gateway_result_seconds_bucket', { le: '1' });
  expect(over - quick).toBeGreaterThanOrEqual(SECONDS / 2);
  const queued = await read(worker, 'tributary_worker_queue_seconds_sum');
  expect(queued).toBeGreaterThan(SECONDS * LATENCY_MS * 0.001);
});

test('a Redis that takes no more shows as refusals, bytes in flight and chunks refused', async () => {
  const redis = new Redis(cluster.redisUrl);
  const pcm = noise(9, 3);
  const talk = await Talk.start(cluster.socketUrl);
  try {
    await redis.config('SET', 'maxmemory', '1');
    talk.say(pcm);
    await until(gateway, 'tributary_gateway_append_refusals_total', (refusals) => refusals > 0);
    await until(gateway, 'tributary_gateway_backpressure_total', (n) => n > 0, { kind: 'slow_down' });
    await until(gateway, 'tributary_gateway_redis_memory_ratio', (ratio) => ratio > 1);
    const inFlight = await read(gateway, 'tributary_gateway_in_flight_bytes');
    expect(inFlight).toBeGreaterThan(0);
    expect(inFlight).toBeLessThanOrEqual(IN_FLIGHT_BYTES);
    expect(await read(gateway, 'tributary_gateway_errors_total', { code: 'slow_down' })).toBe(
      await read(gateway, 'tributary_gateway_backpressure_total', { kind: 'slow_down' }),
    );
  } finally {
    await redis.config('SET', 'maxmemory', '0');
    redis.disconnect();
  }
  await talk.finish();
  await until(gateway, 'tributary_gateway_in_flight_bytes', (bytes) => bytes === 0);
});

test('a client that does not read is counted when it is cut off', async () => {
  const client = await RawClient.open(cluster.socketUrl);
  client.tcp.pause();
  await client.flood(Buffer.concat(Array.from({ length: 500 }, () => frame('{}'))), 2_000);
  client.tcp.destroy();
  await until(gateway, 'tributary_gateway_backpressure_total', (n) => n >= 1, { kind: 'slow_reader' });
  await until(gateway, 'tributary_gateway_closes_total', (n) => n >= 1, { code: '1006' });
});
