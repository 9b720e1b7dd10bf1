import { randomBytes } from 'node:crypto';
import { type Cluster, startCluster, TestSocket, waitFor } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chunk, noise, slices, textsOf } from '../speech.js';

const TOKEN = `token-${randomBytes(12).toString('hex')}`;
const WRONG_TOKEN = `wrong-${randomBytes(12).toString('hex')}`;
const SESSION = 'a-session-to-be-looked-for';
const PCM = noise(3, 11);
const CHUNKS = slices(PCM, 3_200);

let cluster: Cluster;
let logs: string;
let lines: Record<string, unknown>[];

/** A session with everything that could end up in a log, among it mistakes, a Redis that refuses, and a deletion. */
beforeAll(async () => {
  cluster = await startCluster({ env: { ENGINE: 'synthetic', LOG_LEVEL: 'trace', API_KEYS: TOKEN } });
  const redis = new Redis(cluster.redisUrl);
  const socket = await TestSocket.open(cluster.socketUrl);
  try {
    socket.sendText(`{"action":"start","resume_token":"${TOKEN}"`);
    await socket.nextOf('error', (error) => error.code === 'invalid_json');
    socket.sendJson({ action: 'resume', session_id: SESSION, resume_token: WRONG_TOKEN, last_seq: 0 });
    await socket.nextOf('error', (error) => error.code === 'unknown_session');
    const format = { encoding: 's16le', sample_rate: 16_000, channels: 1 };
    await socket.start({ session_id: SESSION, resume_token: TOKEN, format, gap_ms: 0 });
    await redis.config('SET', 'maxmemory', '1');
    for (const [i, one] of CHUNKS.entries()) socket.sendJson(chunk(SESSION, i, one));
    await waitFor(() => cluster.logs().includes('append refused'), {
      timeoutMs: 10_000,
      everyMs: 50,
      what: 'a refusal of Redis in the log',
    });
    await redis.config('SET', 'maxmemory', '0');
    socket.sendJson({ action: 'finish', session_id: SESSION });
    const { text } = await socket.nextOf('final_result');
    expect(text).toBe(textsOf(PCM).join(' '));
    socket.sendJson({ action: 'resume', session_id: SESSION, resume_token: WRONG_TOKEN, last_seq: 0 });
    await socket.nextOf('error', (error) => error.code === 'invalid_resume_token');
    await fetch(`${cluster.url}/api/v1/session/${SESSION}`, {
      method: 'DELETE',
      headers: { 'x-api-key': TOKEN },
    });
  } finally {
    redis.disconnect();
    await socket.close();
  }
  // Stopped, so that its last lines are there too; the logs go with the cluster.
  for (const service of [...cluster.gateways, ...cluster.workers, ...cluster.routers]) await service.stop();
  logs = cluster.logs();
  lines = logs
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('--- '))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
});
afterAll(async () => await cluster?.stop());

test('every line is a JSON object that says when, how severe, who and what', () => {
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    expect(line).toMatchObject({
      time: expect.any(Number),
      level: expect.any(Number),
      role: expect.stringMatching(/^(gateway|router|worker)$/),
      instance: expect.stringMatching(/^(gateway|router|worker)-1$/),
      msg: expect.any(String),
    });
  }
  expect(new Set(lines.map(({ role }) => role))).toEqual(new Set(['gateway', 'router', 'worker']));
});

test('lines about a session name it, and its shard', () => {
  const about = lines.filter(({ session }) => session === SESSION);
  expect(about.map(({ msg }) => msg)).toEqual(
    expect.arrayContaining(['session attached', 'session released']),
  );
  expect(new Set(about.map(({ shard }) => shard)).size).toBe(1);
  expect(about[0]?.shard).toBeTypeOf('number');
  const refused = lines.find(({ msg }) => String(msg).startsWith('append refused'));
  expect(refused?.shard).toBe(about[0]?.shard);
});

test('no line of any level holds speech, its text, or a token', () => {
  expect(logs).toContain(SESSION);
  expect(logs).not.toContain(TOKEN);
  expect(logs).not.toContain(WRONG_TOKEN);
  for (const text of textsOf(PCM)) expect(logs).not.toContain(text);
  for (const one of CHUNKS) {
    expect(logs).not.toContain(one.toString('base64').slice(40, 80));
    expect(logs).not.toContain(one.toString('latin1').slice(40, 60));
  }
});
