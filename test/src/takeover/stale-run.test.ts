import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  appendOnlyFolder,
  type Cluster,
  startCluster,
  startRedis,
  type TestRedis,
  waitFor,
} from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { RedisProxy, type Request } from './redis-proxy.js';
import { speak } from './speak.js';

/*
 * Redis dies, comes back older than it was, and with the leases that are in its file. What a router had asked for and
 * was not answered is then asked again, in the name of such a lease, before anybody has noticed.
 */

const SESSIONS = 8;
const SECONDS = 7;

let redis: TestRedis;
let proxy: RedisProxy;
let cluster: Cluster;
beforeAll(async () => {
  redis = await startRedis();
  proxy = await RedisProxy.start(redis.port);
  cluster = await startCluster({
    ...{ gateways: 1, routers: 1, workers: 1, redisUrl: proxy.url },
    env: { ENGINE: 'synthetic' },
  });
}, 60_000);
afterAll(async () => {
  proxy.fate = () => 'pass';
  await cluster?.stop();
  await proxy?.close();
  await redis?.stop();
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

const isAppend = ({ connection, command }: Request): boolean =>
  connection.startsWith('router ') && command === 'append-events';

it('what was asked of the Redis before changes nothing in the one that lost what it was about', async () => {
  const speaking = Array.from({ length: SESSIONS }, () => speak([cluster.socketUrl], SECONDS));
  let commits = 0;
  let appends = 0;
  let isHolding = false;
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  proxy.fate = (request) => {
    if (request.connection.startsWith('worker ') && request.command === 'commit') commits++;
    if (!isHolding || !isAppend(request)) return 'pass';
    appends++;
    return held;
  };
  // Every session has some results.
  await waitFor(() => commits >= 3 * SESSIONS, { what: 'first results', timeoutMs: 20_000 });
  const log = appendOnlyFolder(redis.folder);
  const copy = join(redis.folder, 'copy');
  isHolding = true;
  await cp(log, copy, { recursive: true });
  const before = commits;
  await waitFor(() => commits >= before + SESSIONS, { what: 'results that get lost', timeoutMs: 20_000 });
  await redis.process.killHard();
  // What was held, its router asks for again once Redis is back.
  isHolding = false;
  release();
  await rm(log, { recursive: true });
  await cp(copy, log, { recursive: true });
  await redis.process.start();
  for (const { text, expected, seqs } of await Promise.all(speaking)) {
    expect(text).toBe(expected);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  }
  expect(appends).toBeGreaterThan(0);
}, 90_000);
