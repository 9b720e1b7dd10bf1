import { EVENTS_PAGE } from '@tributary/shared';
import { type Cluster, TestSocket } from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chunk, noise, textOf, textsOf } from '../speech.js';
import { type ProxiedCluster, startProxiedCluster } from './proxied-cluster.js';
import type { RedisProxy, Request } from './redis-proxy.js';

/* What a client missed, because it was away or because its gateway was not told, comes from the events stream. */

const FORMAT = { encoding: 's16le', sample_rate: 16_000, channels: 1 };

let world: ProxiedCluster;
let proxy: RedisProxy;
let cluster: Cluster;
beforeAll(async () => {
  world = await startProxiedCluster({ gateways: 2, env: { ENGINE: 'synthetic' } });
  ({ proxy, cluster } = world);
}, 60_000);
afterAll(async () => {
  await world?.stop();
});
afterEach(({ task }) => {
  proxy.fate = () => 'pass';
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

/** A router publishes something in which this stands. */
const publishes = ({ role, command, second }: Request, text: string): boolean =>
  command === 'publish' && role === 'router' && second.includes(text);

it.each([
  ['any event', '"seq":'],
  ['a segment in the middle', '"segment_index":1,'],
  ['the last segment, while its client says no more', '"segment_index":2,'],
  ['the final result', '"type":"final_result"'],
])('a gateway that is not told of %s finds it', async (_, text) => {
  let missed = 0;
  proxy.fate = (request) => {
    if (!publishes(request, text)) return 'pass';
    missed++;
    return 'refuse';
  };
  const socket = await TestSocket.open(cluster.socketUrl);
  const { sessionId } = await socket.start({ mode: 'segments', format: FORMAT });
  const chunks = [1, 2, 3].map((seed) => noise(0.2, seed));
  for (const [index, pcm] of chunks.entries()) socket.sendJson(chunk(sessionId, index, pcm));
  // All segments, before it finishes.
  await socket.nextOf('chunk_result', (m) => m.segment_index === 2, 5_000);
  socket.sendJson({ action: 'finish', session_id: sessionId });
  const final = await socket.nextOf('final_result', () => true, 5_000);
  expect(final.text).toBe(chunks.map(textOf).join(' '));
  expect(socket.all('chunk_result').map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expect(missed).toBeGreaterThan(0);
  await socket.close();
});

it('a gateway that is not told of the final result finds it, behind a segment that it heard of', async () => {
  proxy.fate = (request) => (publishes(request, '"type":"final_result"') ? 'refuse' : 'pass');
  const pcm = noise(1.5, 4);
  const socket = await TestSocket.open(cluster.socketUrl);
  const { sessionId } = await socket.start({ mode: 'stream', format: FORMAT, gap_ms: 0 });
  socket.sendJson(chunk(sessionId, 0, pcm));
  // The second segment is ended by this, and the result of the whole follows it.
  socket.sendJson({ action: 'finish', session_id: sessionId });
  expect((await socket.nextOf('final_result', () => true, 5_000)).text).toBe(textsOf(pcm).join(' '));
  await socket.close();
});

it('a client that comes back gets pages of events that it has missed, in order and once', async () => {
  const count = 2 * EVENTS_PAGE + 50;
  const before = await TestSocket.open(cluster.gateways[0]!.socketUrl);
  const { sessionId, resumeToken } = await before.start({ mode: 'segments', format: FORMAT });
  const pcm = noise(0.05, 9);
  for (let index = 0; index < count; index++) before.sendJson(chunk(sessionId, index, pcm));
  await before.nextOf('ack', (m) => m.status === 'received' && m.chunk_index === count - 1);
  before.terminate();

  const after = await TestSocket.open(cluster.gateways[1]!.socketUrl);
  after.sendJson({ action: 'resume', session_id: sessionId, resume_token: resumeToken, last_seq: 0 });
  after.sendJson({ action: 'finish', session_id: sessionId });
  const final = await after.nextOf('final_result', () => true, 20_000);
  expect(final.text).toBe(Array.from({ length: count }, () => textsOf(pcm)).join(' '));
  const seqs = after.all('chunk_result').map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  expect(final.seq).toBe(count + 1);
  await after.close();
});
