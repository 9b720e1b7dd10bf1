import { ERRORS, keys, shardOf } from '@tributary/shared';
import { type Cluster, TestSocket } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chunk, noise, textOf } from '../speech.js';
import { type ProxiedCluster, startProxiedCluster } from './proxied-cluster.js';
import type { RedisProxy } from './redis-proxy.js';

/* A client still holds a session that has ended when somebody else begins one of the same id: it gets nothing of that one. */

const SHARDS = 64;
const WORDS = { mode: 'segments', format: { encoding: 's16le', sample_rate: 16_000, channels: 1 } };

let world: ProxiedCluster;
let proxy: RedisProxy;
let redis: Redis;
let cluster: Cluster;
beforeAll(async () => {
  world = await startProxiedCluster({ gateways: 2, env: { ENGINE: 'synthetic' } });
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

/**
 * A client that says nothing, pretends to have an event more than it was given, and finishes. Resolves when the end
 * is stored, and the id free for others.
 */
async function pretend(sessionId: string): Promise<TestSocket> {
  const socket = await TestSocket.open(cluster.gateways[0]!.socketUrl);
  const { resumeToken } = await socket.start({ session_id: sessionId, ...WORDS });
  socket.sendJson({ action: 'resume', session_id: sessionId, resume_token: resumeToken, last_seq: 1 });
  await socket.nextOf('ack', (m) => m.status === 'session_resumed');
  socket.sendJson({ action: 'finish', session_id: sessionId });
  const status = () => redis.hget(keys.session(shardOf(sessionId, SHARDS), sessionId), 'status');
  await expect.poll(status, { timeout: 20_000 }).toBe('ended');
  return socket;
}

/** Somebody else uses the id: three segments, which come all to nobody else. */
async function useAgain(sessionId: string): Promise<void> {
  const socket = await TestSocket.open(cluster.gateways[1]!.socketUrl);
  await socket.start({ session_id: sessionId, ...WORDS });
  const said = [1, 2, 3].map((seed) => noise(0.2, seed));
  for (const [index, pcm] of said.entries()) socket.sendJson(chunk(sessionId, index, pcm));
  await socket.nextOf('chunk_result', (m) => m.segment_index === 2);
  expect(socket.all('chunk_result').map(({ text }) => text)).toEqual(said.map(textOf));
  await socket.close();
}

it('a client that says it has the last event is done with it', async () => {
  const before = await pretend('reused');
  // As of a session that this socket does not carry any more, and not of one that is being finished.
  const answer = async (): Promise<string> => {
    before.sendJson({ action: 'finish', session_id: 'reused' });
    return (await before.nextOf('error')).message;
  };
  await expect.poll(answer, { timeout: 20_000 }).toBe(ERRORS.session_closed.message);
  await useAgain('reused');
  expect(before.all('chunk_result')).toEqual([]);
  await before.close();
}, 60_000);

it('a client that still waits for its end gets nothing of the next session with its id', async () => {
  proxy.fate = ({ command, second }) =>
    command === 'publish' && second.includes('"type":"final_result"') ? 'refuse' : 'pass';
  const before = await pretend('waiting');
  await useAgain('waiting');
  expect(await before.nextOf('error', () => true, 20_000)).toMatchObject({ code: 'session_closed' });
  expect(before.all('chunk_result')).toEqual([]);
  await before.close();
}, 60_000);

it('a client that waits for the end of a session that was deleted is told, though its gateway was not', async () => {
  proxy.fate = ({ command, second }) =>
    command === 'publish' && /"type":"final_result"|^D\|/m.test(second) ? 'refuse' : 'pass';
  const socket = await pretend('deleted');
  const answer = await fetch(`${cluster.gateways[1]!.url}/api/v1/session/deleted`, { method: 'DELETE' });
  expect(answer.ok).toBe(true);
  expect(await socket.nextOf('error', () => true, 20_000)).toMatchObject({ code: 'session_closed' });
  await socket.close();
}, 60_000);
