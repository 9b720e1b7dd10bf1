import { type Cluster, startCluster, TestSocket, TranscriptionServer } from '@tributary/testkit';
import { syntheticText } from '@tributary/worker';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { chunk, noise, RATE_HZ, textOf } from './speech.js';

/** Waiting for a server that was away takes a pause of up to ten seconds, and starting a cluster its time. */
const PATIENCE_MS = 60_000;
const SEGMENTS = 6;
const START = {
  mode: 'segments',
  format: { encoding: 's16le', sample_rate: RATE_HZ, channels: 1 },
  words: true,
};

let server: TranscriptionServer;
let cluster: Cluster;
let socket: TestSocket;
let sessionId: string;

beforeAll(async () => {
  server = await new TranscriptionServer(syntheticText).start();
  cluster = await startCluster({
    workers: 2,
    env: { ENGINE: 'remote', FUNASR_ADDR: server.address, REMOTE_MODEL: 'toy', REMOTE_TIMEOUT_MS: '3000' },
  });
}, PATIENCE_MS);
afterAll(async () => {
  await cluster?.stop();
  await server?.stop();
});
beforeEach(async () => {
  server.seen.length = 0;
  socket = await TestSocket.open(cluster.socketUrl);
  ({ sessionId } = await socket.start(START));
});
afterEach(() => {
  server.behave = () => ({});
  socket.terminate();
});

const audio = Array.from({ length: SEGMENTS }, (_, n) => noise(0.5, n));
const texts = audio.map(textOf);

function say(from: number, to: number): void {
  for (let n = from; n < to; n++) socket.sendJson(chunk(sessionId, n, audio[n]!));
}

async function finalText(): Promise<string> {
  socket.sendJson({ action: 'finish', session_id: sessionId });
  return (await socket.nextOf('final_result', () => true, PATIENCE_MS)).text;
}

test('speech is recognised by the server, with words where they are wanted', async () => {
  say(0, SEGMENTS);
  expect(await finalText()).toBe(texts.join(' '));
  const [first] = socket.all('chunk_result');
  expect(first).toMatchObject({ text: texts[0], confidence: 0.5 });
  expect(first?.words).toEqual([{ word: texts[0], start: 0, end: 0.5 }]);
});

test('while the server is away nothing is lost, and no client hears of it', {
  timeout: PATIENCE_MS,
}, async () => {
  say(0, 2);
  await socket.nextOf('chunk_result', ({ segment_index: index }) => index === 1);
  await server.stop();
  say(2, SEGMENTS);
  await socket.nextOf('ack', (ack) => ack.status === 'received' && ack.chunk_index === SEGMENTS - 1);
  await server.start();
  expect(await finalText()).toBe(texts.join(' '));
  expect(socket.all('error')).toEqual([]);
});

test('a segment that the server refuses is one error, and the session goes on', async () => {
  server.behave = ({ pcm }) => (syntheticText(pcm) === texts[2] ? { status: 415 } : {});
  say(0, SEGMENTS);
  expect(await finalText()).toBe(texts.filter((_, n) => n !== 2).join(' '));
  const [error, ...others] = socket.all('error');
  expect(error).toMatchObject({ code: 'recognition_failed', segment_index: 2 });
  expect(others).toEqual([]);
});

test('a worker killed while the server hangs loses nothing', { timeout: PATIENCE_MS }, async () => {
  server.behave = () => ({ hang: true });
  say(0, SEGMENTS);
  await expect.poll(() => server.seen.length, { timeout: PATIENCE_MS }).toBeGreaterThan(0);
  await cluster.add('worker');
  for (const worker of cluster.workers.slice(0, 2)) await worker.kill();
  server.behave = () => ({});
  expect(await finalText()).toBe(texts.join(' '));
  expect(socket.all('error')).toEqual([]);
});
