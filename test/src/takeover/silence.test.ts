import { keys, shardOf } from '@tributary/shared';
import {
  type Cluster,
  type HeldMemory,
  INSPECTABLE,
  inspectMemory,
  startCluster,
  TestSocket,
  waitFor,
} from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { noise } from '../speech.js';

/*
 * A microphone that is muted for ten minutes, faster than real time: real processes and a real recogniser, which cuts
 * where it hears pauses. Nothing may be pinned in Redis, and nobody may hold on to what has been heard.
 */

const MEBIBYTE = 1_048_576;
const SHARDS = 64;
const CHUNK = Buffer.alloc(3_200);
const CHUNKS_A_MINUTE = 600;
const MINUTES = 10;
/** Of 19 MB that were sent. */
const MOST_HELD_BYTES = 4 * MEBIBYTE;
/** Silence is let go of every five seconds, which are fifty chunks; trimming follows within some more. */
const MOST_PINNED_CHUNKS = 150;

let cluster: Cluster;
let redis: Redis;
beforeAll(async () => {
  cluster = await startCluster({ env: { ENGINE: 'pocketsphinx', ...INSPECTABLE } });
  redis = new Redis(cluster.redisUrl);
}, 60_000);
afterAll(async () => {
  redis?.disconnect();
  await cluster?.stop();
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

const held = ({ heap, external }: HeldMemory): number => heap + external;

async function heldByEach(): Promise<number[]> {
  const all: number[] = [];
  for (const service of [...cluster.gateways, ...cluster.routers, ...cluster.workers]) {
    all.push(held(await inspectMemory(service)));
  }
  return all;
}

it('ten minutes of silence pin nothing, and leave memory where it was', async () => {
  const socket = await TestSocket.open(cluster.socketUrl);
  const { sessionId } = await socket.start({
    format: { encoding: 's16le', sample_rate: 16_000, channels: 1 },
    gap_ms: 0,
  });
  const stream = keys.audio(shardOf(sessionId, SHARDS));
  let sent = 0;
  const mute = async (chunks: number): Promise<void> => {
    sent += chunks;
    for (let n = 0; n < chunks; n++) socket.sendBinary(CHUNK);
    await socket.nextOf('ack', (m) => m.status === 'received' && m.chunk_index === sent - 1, 30_000);
    // The test's own memory, and what it would look through for each acknowledgement.
    socket.received.length = 0;
  };
  const trimmed = async (): Promise<void> => {
    await waitFor(async () => (await redis.xlen(stream)) < MOST_PINNED_CHUNKS, {
      timeoutMs: 30_000,
      what: 'silence to be trimmed',
    });
  };
  await mute(CHUNKS_A_MINUTE);
  await trimmed();
  const before = await heldByEach();
  for (let minute = 1; minute < MINUTES; minute++) await mute(CHUNKS_A_MINUTE);
  await trimmed();
  const after = await heldByEach();
  for (const [i, bytes] of after.entries()) expect(bytes - before[i]!).toBeLessThan(MOST_HELD_BYTES);

  // It was heard all the same, and the session goes on.
  socket.sendBinary(noise(0.5, 1));
  socket.sendJson({ action: 'finish', session_id: sessionId });
  const final = await socket.nextOf('final_result', () => true, 30_000);
  expect(final).toMatchObject({ duration: MINUTES * 60 + 0.5, chunk_count: sent + 1, status: 'completed' });
  await socket.close();
}, 120_000);
