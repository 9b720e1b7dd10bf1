import { readFile, writeFile } from 'node:fs/promises';
import {
  type Cluster,
  scrape,
  startCluster,
  sumOf,
  type TempFolder,
  TestSocket,
  tempFolder,
} from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { SAMPLE_RATE_HZ } from '../engine.js';
import { play } from './toys/notes.js';
import { spelled, writeToy } from './toys/write-toy.js';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

/*
 * A model whose list of tokens lacks a word: the process that hears that word dies of it, by an exception of the library
 * that nobody catches.
 */

const KIND = 'online-zipformer2-ctc';
const DEADLY = 5;

let folder: TempFolder;
let cluster: Cluster;
let sockets: TestSocket[] = [];

beforeAll(async () => {
  folder = await tempFolder('toys');
  const { tokens = '' } = (await writeToy(KIND, folder.path)).paths;
  const lines = (await readFile(tokens, 'utf8')).split('\n');
  const word = spelled(KIND, [DEADLY]);
  await writeFile(tokens, lines.filter((line) => !line.includes(word)).join('\n'));
  cluster = await startCluster({
    env: { ENGINE: 'sherpa', MODELS_DIR: folder.path, ENGINE_PROCESSES: '1', LEASE_MS: '1000' },
  });
});
afterAll(async () => {
  await cluster?.stop();
  await folder?.remove();
});
afterEach(() => {
  for (const socket of sockets) socket.terminate();
  sockets = [];
});

/** Segments of two notes each, one after the other, in a session of their own; ready to be finished. */
async function say(segments: readonly (readonly [number, number])[]): Promise<() => Promise<TestSocket>> {
  const socket = await TestSocket.open(cluster.socketUrl);
  sockets.push(socket);
  const { sessionId } = await socket.start({
    mode: 'segments',
    format: { encoding: 's16le', sample_rate: SAMPLE_RATE_HZ, channels: 1 },
  });
  for (const [first, second] of segments) {
    const pcm = play([
      [null, 0.5],
      [first, 0.4],
      [null, 0.4],
      [second, 0.4],
      [null, 0.3],
    ]);
    socket.sendBinary(Buffer.from(pcm.buffer));
  }
  return async () => {
    socket.sendJson({ action: 'finish', session_id: sessionId });
    await socket.nextOf('final_result', () => true, 60_000);
    return socket;
  };
}

const deaths = async (): Promise<number> =>
  sumOf(await scrape(cluster.workers[0]!.url), 'tributary_worker_engine_incidents_total');

test('audio that kills its recogniser is tried three times and is one error; its session and others go on', async () => {
  const before = await deaths();
  const [ill, well] = await Promise.all([
    say([
      [0, 1],
      [2, DEADLY],
      [3, 4],
    ]).then((finish) => finish()),
    say([
      [1, 2],
      [3, 0],
      [4, 1],
    ]).then((finish) => finish()),
  ]);
  expect((await deaths()) - before).toBe(3);
  expect(ill.all('error')).toMatchObject([{ code: 'recognition_failed', segment_index: 1, chunk_index: 1 }]);
  expect(ill.all('chunk_result').map(({ segment_index, text }) => [segment_index, text])).toEqual([
    [0, spelled(KIND, [0, 1])],
    [2, spelled(KIND, [3, 4])],
  ]);
  expect(well.all('error')).toEqual([]);
  expect(well.all('chunk_result').map(({ text }) => text)).toEqual(
    [
      [1, 2],
      [3, 0],
      [4, 1],
    ].map((notes) => spelled(KIND, notes)),
  );
});

test('attempts count on when the worker dies between them', async () => {
  const before = await deaths();
  const finish = await say([
    [2, DEADLY],
    [3, 4],
  ]);
  await expect.poll(deaths, { timeout: 30_000, interval: 5 }).toBeGreaterThan(before);
  await cluster.workers[0]!.killHard();
  await cluster.workers[0]!.start();
  const socket = await finish();
  expect(socket.all('error')).toMatchObject([{ code: 'recognition_failed', segment_index: 0 }]);
  expect(socket.all('chunk_result').map(({ text }) => text)).toEqual([spelled(KIND, [3, 4])]);
  // One attempt at least was the dead worker's.
  expect(await deaths()).toBeLessThan(3);
});
