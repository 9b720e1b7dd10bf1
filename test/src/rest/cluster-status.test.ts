import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { heartbeat, keys, type MemberStatus, type Role, writeStatus } from '@tributary/shared';
import { waitFor } from '@tributary/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RestGateway, startRestGateway } from './rest-gateway.js';

let gateway: RestGateway;
let upstream: Server;
let answerUpstream: RequestListener = () => undefined;
const MEMBER_MS = 60_000;

beforeAll(async () => {
  upstream = createServer((request, response) => answerUpstream(request, response));
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  gateway = await startRestGateway({ env: { FUNASR_ADDR: `ws://127.0.0.1:${port}` } });
});

afterAll(async () => {
  await gateway.stop();
  upstream.closeAllConnections();
  upstream.close();
});

async function join(role: Role, id: string, more: Partial<MemberStatus> = {}): Promise<void> {
  const status = { id, shards: 1, sessions: 0, waiting: 0, busy: 0, concurrency: 1, failed: 0, engine: '' };
  await writeStatus(gateway.redis, role, { ...status, ...more }, MEMBER_MS);
  await heartbeat(gateway.redis, role, id, MEMBER_MS);
}

test('health follows who is there', async () => {
  answerUpstream = (_, response) => response.writeHead(404).end();
  const { status, body } = await gateway.api.get('/health');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    status: 'degraded',
    gateway_ready: true,
    redis_ready: true,
    db_ready: true,
    workers_ready: 0,
    routers_ready: 0,
  });
  await join('router', 'r1');
  await join('worker', 'w1', { engine: 'synthetic' });
  await waitFor(async () => (await gateway.api.get('/health')).body.status === 'ready', {
    what: 'readiness',
  });
  expect((await gateway.api.get('/health')).body).toMatchObject({ workers_ready: 1, routers_ready: 1 });
});

test('the queue status sums up the workers and the audio streams', async () => {
  await join('worker', 'w1', {
    engine: 'synthetic',
    waiting: 3,
    busy: 4,
    concurrency: 4,
    failed: 2,
    sessions: 9,
  });
  await join('worker', 'w2', { engine: 'synthetic', concurrency: 4, sessions: 1 });
  for (const shard of [0, 17, 63]) await gateway.redis.xadd(keys.audio(shard), '*', 'h', 'x', 'd', 'y');
  await waitFor(
    async () => {
      const { body } = await gateway.api.get('/asr/queue/status');
      return body.audio_entries === 3 && body.workers === 2;
    },
    { what: 'the entries and the second worker' },
  );
  expect((await gateway.api.get('/asr/queue/status')).body).toMatchObject({
    queued: 3,
    processing: 4,
    failed: 2,
    workers: 2,
    workers_busy: 1,
    concurrency: 8,
    sessions: 10,
    engines: { synthetic: 2 },
    audio_entries: 3,
    routers: 1,
  });
});

/** The upstream part of the queue status, once it says what is waited for. */
async function upstreamWhere(condition: (upstream: Record<string, unknown>) => boolean) {
  return await waitFor(
    async () => {
      const { status, body } = await gateway.api.get('/asr/queue/status');
      expect(status).toBe(200);
      const found = body.upstream as Record<string, unknown>;
      return condition(found) ? found : null;
    },
    { what: 'the answer of the upstream server' },
  );
}

test("the upstream server's own answer is included", async () => {
  answerUpstream = (request, response) => {
    if (request.url === '/health') response.end('{"queue":5}');
    else response.writeHead(404).end('no');
  };
  const found = await upstreamWhere((each) => each.answer !== null);
  expect(found).toMatchObject({ reachable: true, http_status: 200, answer: { queue: 5 }, error: null });
  expect((await gateway.api.get('/health')).body.funasr_ready).toBe(true);
  answerUpstream = (_, response) => response.end('fine');
  await upstreamWhere((each) => each.answer === 'fine');
});

test('its failures are reported and fail nothing', async () => {
  answerUpstream = (_, response) => response.writeHead(500).end('broken');
  expect(await upstreamWhere((each) => each.http_status === 500)).toMatchObject({
    reachable: false,
    answer: null,
    error: 'the server answered 500',
  });
  answerUpstream = () => undefined;
  expect((await upstreamWhere((each) => each.http_status === null)).error).toMatch(/in time/);
  answerUpstream = (_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'.repeat(16_384)), 1);
    response.on('close', () => clearInterval(timer));
  };
  const endless = await upstreamWhere((each) => each.answer !== null);
  expect(String(endless.answer).length).toBe(65_536);
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
  expect((await upstreamWhere((each) => each.reachable === false)).error).toMatch(/fetch failed/);
  await waitFor(async () => (await gateway.api.get('/health')).body.funasr_ready === false, {
    what: 'health',
  });
});
