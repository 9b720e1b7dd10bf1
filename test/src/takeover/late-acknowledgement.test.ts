import { keys, shardOf } from '@tributary/shared';
import { type Cluster, TestSocket, waitFor } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chunk, noise, textOf } from '../speech.js';
import { type ProxiedCluster, startProxiedCluster } from './proxied-cluster.js';
import type { RedisProxy } from './redis-proxy.js';

/*
 * A gateway is cut off from Redis for longer than a session's deadline, the router is not, and closes the session. What
 * the gateway still had lands behind the end: it must not be acknowledged.
 */

const SHARDS = 64;
const WORDS = { mode: 'segments', format: { encoding: 's16le', sample_rate: 16_000, channels: 1 } };

let world: ProxiedCluster;
let proxy: RedisProxy;
let redis: Redis;
let cluster: Cluster;
beforeAll(async () => {
  world = await startProxiedCluster({ env: { ENGINE: 'synthetic', SESSION_GRACE_MS: '2000' } });
  ({ proxy, cluster } = world);
  redis = new Redis(world.redis.url);
}, 60_000);
afterAll(async () => {
  redis?.disconnect();
  await world?.stop();
});
afterEach(({ task }) => {
  proxy.fate = () => 'pass';
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

interface CutOff {
  readonly socket: TestSocket;
  /** What was heard before. */
  readonly heard: Buffer;
  /** Ends it; what gateways ask from then on has this fate. */
  heal(then: RedisProxy['fate']): void;
}

/**
 * A session of which one chunk was heard; then nothing that its gateway asks reaches Redis, and nothing that is
 * published reaches the gateway.
 */
async function cutOff(sessionId: string): Promise<CutOff> {
  const socket = await TestSocket.open(cluster.socketUrl);
  await socket.start({ session_id: sessionId, ...WORDS });
  const heard = noise(0.2, 1);
  socket.sendJson(chunk(sessionId, 0, heard));
  await socket.nextOf('chunk_result');
  let heal: () => void = () => undefined;
  const cut = new Promise<void>((resolve) => {
    heal = resolve;
  });
  proxy.fate = ({ role, command }) => {
    if (role === 'gateway') return cut;
    return command === 'publish' ? 'refuse' : 'pass';
  };
  return {
    socket,
    heard,
    heal: (then) => {
      proxy.fate = then;
      heal();
    },
  };
}

/** By its deadline, and for good: the worker has taken the end. */
async function isClosed(sessionId: string): Promise<void> {
  const status = () => redis.hget(keys.session(shardOf(sessionId, SHARDS), sessionId), 'status');
  await expect.poll(status, { timeout: 20_000 }).toMatch(/^(finishing|ended)$/);
}

/** The client gets the end of what was heard, and was told of nothing else that it was received. */
async function endsWith({ socket, heard }: CutOff): Promise<void> {
  const final = await socket.nextOf('final_result', () => true, 20_000);
  expect(final).toMatchObject({ text: textOf(heard), chunk_count: 1, status: 'abandoned' });
  const received = socket.all('ack').filter((ack) => ack.status === 'received');
  expect(received.map((ack) => ack.chunk_index)).toEqual([0]);
  await socket.close();
}

it('what lands behind the end is not acknowledged to a client that has finished', async () => {
  const cut = await cutOff('finished');
  for (const index of [1, 2]) cut.socket.sendJson(chunk('finished', index, noise(0.2, index + 1)));
  cut.socket.sendJson({ action: 'finish', session_id: 'finished' });
  await isClosed('finished');
  cut.heal(() => 'pass');
  await endsWith(cut);
}, 60_000);

it('what lands behind the end is not acknowledged to a client that was told that its session is closed', async () => {
  const cut = await cutOff('closed');
  for (const index of [1, 2]) cut.socket.sendJson(chunk('closed', index, noise(0.2, index + 1)));
  await isClosed('closed');
  // The first chunk gets through, the second one not until the client has been told; the end is not found before.
  let isTold = false;
  let landed = 0;
  cut.heal(({ role, command }) => {
    if (role !== 'gateway') return 'pass';
    if (command === 'xadd' && isTold) landed++;
    return command === 'xrange' || (command === 'xadd' && !isTold) ? 'refuse' : 'pass';
  });
  expect(await cut.socket.nextOf('error', () => true, 20_000)).toMatchObject({ code: 'session_closed' });
  isTold = true;
  await waitFor(() => landed > 0, { what: 'the second chunk to land', timeoutMs: 20_000 });
  proxy.fate = () => 'pass';
  await endsWith(cut);
}, 60_000);
