import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { appendOnlyFolder, type Cluster, startCluster, TestSocket } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { chunk, noise, textOf } from '../speech.js';
import { type Spoken, speak } from './speak.js';

const SESSIONS = 12;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ gateways: 2, routers: 2, workers: 2, env: { ENGINE: 'synthetic' } });
});
afterAll(async () => await cluster.stop());
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
});

function speakFor(seconds: number): Promise<Spoken[]> {
  const urls = cluster.gateways.map((gateway) => gateway.socketUrl);
  return Promise.all(Array.from({ length: SESSIONS }, () => speak(urls, seconds)));
}

/** Every sample is in the text exactly once, and every event came once and in order. */
function judge(all: readonly Spoken[]): void {
  expect(all).toHaveLength(SESSIONS);
  for (const { text, expected, seqs } of all) {
    expect(text).toBe(expected);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  }
}

it('a worker that is killed in the middle of many sessions changes nothing in their text', async () => {
  const speaking = speakFor(4);
  const [victim] = cluster.workers;
  await sleep(1_500);
  await victim!.killHard();
  const all = await speaking;
  await victim!.start();
  judge(all);
  for (const { repeated } of all) expect(repeated).toBe(0);
}, 60_000);

it('a Redis that comes back seconds older than it was loses no speech of clients that send again', async () => {
  const speaking = speakFor(6);
  const { folder, process, url } = cluster.redis!;
  const log = appendOnlyFolder(folder);
  const copy = join(folder, 'copy');
  await sleep(1_500);
  await cp(log, copy, { recursive: true });
  await mark(url);
  await sleep(2_000);
  await process.killHard();
  await rm(log, { recursive: true });
  await cp(copy, log, { recursive: true });
  await process.start();
  expect(await isMarked(url)).toBe(false);
  judge(await speaking);
}, 90_000);

it('a session that was resumed is still what it was begun as when Redis has lost it', async () => {
  const [first, second] = cluster.gateways;
  const before = await TestSocket.open(first!.socketUrl);
  const { sessionId, resumeToken } = await before.start({
    mode: 'segments',
    format: { encoding: 's16le', sample_rate: 16_000, channels: 1 },
  });
  const said = [1, 2, 3, 4].map((seed) => noise(0.2, seed));
  before.sendJson(chunk(sessionId, 0, said[0]!));
  await before.nextOf('chunk_result');
  before.terminate();
  const after = await TestSocket.open(second!.socketUrl);
  after.sendJson({ action: 'resume', session_id: sessionId, resume_token: resumeToken, last_seq: 1 });
  await after.nextOf('ack', (m) => m.status === 'session_resumed');
  const { folder, process } = cluster.redis!;
  await process.killHard();
  await rm(appendOnlyFolder(folder), { recursive: true });
  await process.start();
  const { next_chunk_index: next } = await after.nextOf('rewind', () => true, 20_000);
  for (const [index, pcm] of said.entries()) if (index >= next) after.sendJson(chunk(sessionId, index, pcm));
  after.sendJson({ action: 'finish', session_id: sessionId });
  const final = await after.nextOf('final_result', () => true, 20_000);
  expect(final).toMatchObject({ text: said.map(textOf).join(' '), seq: said.length + 1 });
  const results = [...before.all('chunk_result'), ...after.all('chunk_result')];
  expect(results.map(({ chunk_index, text }) => [chunk_index, text])).toEqual(
    said.map((pcm, index) => [index, textOf(pcm)]),
  );
  await after.close();
}, 60_000);

/** Leaves something in Redis that an older one does not have. */
async function mark(url: string): Promise<void> {
  const redis = new Redis(url);
  await redis.set('written after', 'the copy');
  await redis.quit();
}

async function isMarked(url: string): Promise<boolean> {
  const redis = new Redis(url);
  const marked = await redis.exists('written after');
  await redis.quit();
  return marked === 1;
}
