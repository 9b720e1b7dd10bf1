import { once } from 'node:events';
import { connect } from 'node:net';
import { keys } from '@tributary/shared';
import { type Cluster, startCluster } from '@tributary/testkit';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noise, textsOf } from '../speech.js';
import { read, SHARDS, Talk, until } from './talk.js';

let cluster: Cluster;
let worker: string;
let router: string;

beforeAll(async () => {
  cluster = await startCluster({ env: { ENGINE: 'synthetic', LEASE_MS: '1000', DRAIN_MS: '5000' } });
  worker = cluster.workers[0]?.url ?? '';
  router = cluster.routers[0]?.url ?? '';
});
afterAll(async () => await cluster?.stop());

test('CLIENT LIST says whose each connection is', async () => {
  const redis = new Redis(cluster.redisUrl, { connectionName: 'this-test' });
  const list = (await redis.client('LIST')) as string;
  redis.disconnect();
  const names = [...list.matchAll(/ name=(\S*)/g)].map(([, name]) => name ?? '');
  expect(names).toContain('this-test');
  expect(names).not.toContain('');
  for (const whose of [/^gateway-\S+-subscriber$/, /^router-\S+-reader$/, /^worker-\S+-reader$/]) {
    expect(names.filter((name) => whose.test(name)).length, String(whose)).toBeGreaterThan(0);
  }
});

test('a commit that Redis refuses is counted as fenced, and its lease as lost', async () => {
  const fenced = () => read(worker, 'tributary_worker_commits_total', { outcome: 'fenced' });
  const redis = new Redis(cluster.redisUrl);
  const talk = await Talk.start(cluster.socketUrl);
  const pieces: Buffer[] = [];
  // Its owner looks after its lease all the time: it may find out before it commits, and then commits nothing.
  for (let attempt = 0; (await fenced()) === 0 && attempt < 20; attempt++) {
    const lost = await read(worker, 'tributary_worker_leases_lost_total');
    await redis.set(keys.lease(talk.shard, 'worker'), 'somebody else:1', 'PX', 200);
    const piece = noise(1, 40 + attempt);
    pieces.push(piece);
    talk.say(piece);
    await until(worker, 'tributary_worker_leases_lost_total', (now) => now > lost);
    await talk.results(1);
  }
  redis.disconnect();
  expect(await fenced()).toBeGreaterThan(0);
  expect(await talk.finish()).toBe(textsOf(Buffer.concat(pieces)).join(' '));
});

test('a store that refuses shows as failures and waiting rows, until it has stored them', async () => {
  const stored = await read(router, 'tributary_router_stored_rows_total');
  const sql = postgres(cluster.databaseUrl, { max: 1, onnotice: () => undefined });
  await sql`alter table asr_sessions rename to elsewhere`;
  const talk = await Talk.start(cluster.socketUrl);
  talk.say(noise(1, 5));
  await talk.finish();
  await until(router, 'tributary_router_store_failures_total', (failures) => failures > 0);
  await until(router, 'tributary_postgres_failures_total', (failures) => failures > 0);
  await until(router, 'tributary_router_waiting_rows', (rows) => rows > 0);
  await until(router, 'tributary_router_oldest_result_age_seconds', (s) => s > 0.3);
  await sql`alter table elsewhere rename to asr_sessions`;
  await sql.end();
  await until(router, 'tributary_router_stored_rows_total', (rows) => rows === stored + 3);
  await until(router, 'tributary_router_waiting_rows', (rows) => rows === 0);
  await until(router, 'tributary_router_oldest_result_age_seconds', (s) => s === 0);
  expect(await read(router, 'tributary_postgres_connections')).toBe(5);
});

test('a live session that is deleted is recognised no more, silent as it may be', async () => {
  await until(worker, 'tributary_worker_sessions', (sessions) => sessions === 0);
  const talk = await Talk.start(cluster.socketUrl);
  await until(worker, 'tributary_worker_sessions', (sessions) => sessions === 1);
  const answer = await fetch(`${cluster.url}/api/v1/session/${talk.sessionId}`, { method: 'DELETE' });
  expect(answer.status).toBe(200);
  await until(worker, 'tributary_worker_sessions', (sessions) => sessions === 0);
  await talk.socket.close();
});

test('a Redis that is away shows at once, and scrapes still answer', async () => {
  const before = await read(cluster.url, 'tributary_redis_outages_total', { connection: 'commands' });
  await cluster.redis?.process.stop(0);
  for (const url of [cluster.url, worker, router]) {
    await until(url, 'tributary_redis_up', (up) => up === 0);
  }
  // Nobody knows what waits unread by now.
  await until(router, 'tributary_router_oldest_result_age_seconds', (s) => s > 0.5);
  await cluster.redis?.process.start();
  for (const url of [cluster.url, worker, router]) {
    await until(url, 'tributary_redis_up', (up) => up === 2);
  }
  expect(await read(cluster.url, 'tributary_redis_outages_total', { connection: 'commands' })).toBe(
    before + 1,
  );
  await until(worker, 'tributary_worker_shards', (shards) => shards === SHARDS);
  await until(router, 'tributary_router_oldest_result_age_seconds', (s) => s === 0);
});

test('shards that move are counted where they leave, and their sessions where they arrive', async () => {
  const talks = await Promise.all(Array.from({ length: 4 }, () => Talk.start(cluster.socketUrl)));
  for (const talk of talks) talk.say(noise(1.5, 6));
  await Promise.all(talks.map((talk) => talk.results(1)));
  const second = await cluster.add('worker');
  await until(worker, 'tributary_worker_hand_overs_total', (moved) => moved === SHARDS / 2);
  await until(second.url, 'tributary_worker_shards', (shards) => shards === SHARDS / 2);
  await cluster.workers[0]?.stop();
  await until(second.url, 'tributary_worker_shards', (shards) => shards === SHARDS);
  await until(second.url, 'tributary_worker_replays_total', (sessions) => sessions === talks.length);
  const texts = await Promise.all(talks.map((talk) => talk.finish()));
  expect(new Set(texts)).toEqual(new Set([textsOf(noise(1.5, 6)).join(' ')]));
});

test('a gateway that drains says since when, and counts the upgrades it refuses', async () => {
  const gateway = cluster.gateways[0];
  const talk = await Talk.start(cluster.socketUrl);
  const upgrades = { reason: 'draining' };
  expect(await read(cluster.url, 'tributary_draining_seconds')).toBe(0);
  // It listens no more by then: a scraper goes on by the connection that it has.
  const kept = connect(gateway?.port ?? 0, '127.0.0.1');
  await once(kept, 'connect');
  kept.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(kept, 'data');
  process.kill(gateway?.pid ?? 0, 'SIGTERM');
  await talk.socket.nextOf('reconnect');
  kept.write(
    'GET /ws/asr HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  const [refusal] = (await once(kept, 'data')) as [Buffer];
  expect(refusal.toString()).toMatch(/^HTTP\/1.1 503 /);
  kept.write('GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
  let text = '';
  while (!text.includes('tributary_draining_seconds{') || !text.includes('upgrade_refusals_total{')) {
    const [more] = (await once(kept, 'data')) as [Buffer];
    text += more.toString();
  }
  expect(Number(/tributary_draining_seconds\{[^}]*\} (\S+)/.exec(text)?.[1])).toBeGreaterThan(0);
  expect(text).toMatch(new RegExp(`upgrade_refusals_total\\{reason="${upgrades.reason}"[^}]*\\} 1`));
  kept.destroy();
  await talk.socket.close();
});
