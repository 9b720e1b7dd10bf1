import { keys, shardOf } from '@tributary/shared';
import { type Cluster, startCluster, TestSocket, waitFor } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chunk, noise, slices, textsOf } from '../speech.js';

/* Speech that comes when its time is over, from a gateway that lives in the past or for a session that is gone. */

const SHARDS = 64;
const CHUNK_BYTES = 8_000;

let cluster: Cluster;
let redis: Redis;
beforeAll(async () => {
  cluster = await startCluster({ gateways: 2, env: { ENGINE: 'synthetic' } });
  redis = new Redis(cluster.redisUrl);
});
afterAll(async () => {
  redis?.disconnect();
  await cluster?.stop();
});
const opened: TestSocket[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.terminate();
  for (const service of [...cluster.gateways, ...cluster.workers]) service.resume();
});

async function open(gateway = 0): Promise<TestSocket> {
  const socket = await TestSocket.open(cluster.gateways[gateway]!.socketUrl);
  opened.push(socket);
  return socket;
}

function say(socket: TestSocket, sessionId: string, pcm: Buffer, from = 0): void {
  for (const [i, piece] of slices(pcm, CHUNK_BYTES).entries()) {
    if (i >= from) socket.sendJson(chunk(sessionId, i, piece));
  }
}

const acknowledged = async (socket: TestSocket, index: number) =>
  await socket.nextOf('ack', (ack) => ack.status === 'received' && ack.chunk_index === index);

/** Headers of what waits for the worker: `version|kind|session|epoch|n|chunk index`. */
async function queued(sessionId: string): Promise<string[]> {
  const entries = await redis.xrange(keys.audio(shardOf(sessionId, SHARDS)), '-', '+');
  return entries.map(([, fields]) => fields[1] ?? '').filter((header) => header.includes(`|${sessionId}|`));
}

it('what a stale gateway appends after a resume changes nothing', async () => {
  const [worker] = cluster.workers;
  const [stale] = cluster.gateways;
  const sessionId = 'stale';
  const first = await open(0);
  const { resumeToken } = await first.start({ session_id: sessionId, gap_ms: 0 });
  const pcm = noise(3, 1);
  const wrong = noise(3, 2);
  say(first, sessionId, pcm.subarray(0, 4 * CHUNK_BYTES));
  await acknowledged(first, 3);

  // All of this waits in the stream, so that the worker meets it in the order in which it was appended.
  worker!.pause();
  stale!.pause();
  say(first, sessionId, wrong, 4);
  const second = await open(1);
  second.sendJson({ action: 'resume', session_id: sessionId, resume_token: resumeToken, last_seq: 0 });
  const resumed = await second.nextOf('ack', (ack) => ack.status === 'session_resumed');
  expect(resumed).toMatchObject({ session_id: sessionId });
  say(second, sessionId, pcm.subarray(0, 8 * CHUNK_BYTES));
  await acknowledged(second, 7);
  const before = await queued(sessionId);
  const [oldEpoch] = before.map((header) => header.split('|')[3]);

  stale!.resume();
  // It was told by nobody: it appends what it had received, and learns only then that it is not its session any more.
  await waitFor(
    async () => {
      const late = (await queued(sessionId)).slice(before.length);
      return (
        late.some((header) => header.split('|')[3] === oldEpoch) || first.received.at(-1)?.type === 'error'
      );
    },
    { what: 'the stale gateway to go on' },
  );
  say(second, sessionId, pcm, 8);
  worker!.resume();
  second.sendJson({ action: 'finish', session_id: sessionId });
  expect(await second.nextOf('final_result')).toMatchObject({
    text: textsOf(pcm).join(' '),
    duration: 3,
    chunk_count: 12,
  });
});

it('an id that is deleted and used again while its audio is queued meets none of it', async () => {
  const [worker] = cluster.workers;
  const sessionId = 'used-again';
  const first = await open(0);
  await first.start({ session_id: sessionId, gap_ms: 0 });
  say(first, sessionId, noise(1.5, 3));
  await first.nextOf('chunk_result');
  worker!.pause();
  say(first, sessionId, noise(4, 4), 6);
  await acknowledged(first, 15);
  expect((await queued(sessionId)).length).toBeGreaterThanOrEqual(10);

  const address = `${cluster.url}/api/v1/session/${sessionId}`;
  expect((await fetch(address, { method: 'DELETE' })).ok).toBe(true);
  const second = await open(1);
  await second.start({ session_id: sessionId, gap_ms: 0 });
  const pcm = noise(2.5, 5);
  say(second, sessionId, pcm);
  await acknowledged(second, 9);
  // Its client may not know yet, and speaks on.
  say(first, sessionId, noise(5, 6), 16);
  worker!.resume();
  second.sendJson({ action: 'finish', session_id: sessionId });
  expect(await second.nextOf('final_result')).toMatchObject({
    text: textsOf(pcm).join(' '),
    duration: 2.5,
    chunk_count: 10,
  });
  await waitFor(
    async () => {
      const stored = await (await fetch(address)).text();
      return stored.includes(textsOf(pcm).join(' '));
    },
    { what: 'the new session to be stored' },
  );
});
