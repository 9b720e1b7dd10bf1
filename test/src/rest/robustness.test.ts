import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionKey, storeResults } from '@tributary/shared/store';
import { startPostgres, type TestPostgres, waitFor } from '@tributary/testkit';
import connectPostgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginRow, endRow, segmentRow } from '../store/rows.js';
import { beginSession, type RestGateway, startRestGateway } from './rest-gateway.js';

let postgres: TestPostgres;
let databaseUrl: string;
let gateway: RestGateway;

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = (await postgres.createDatabase()).url;
  gateway = await startRestGateway({ databaseUrl });
  const key: SessionKey = { sessionId: 'stored', incarnation: '1000.tag' };
  await storeResults(gateway.store.db, [beginRow(key), segmentRow(key, 1), endRow(key, 2)]);
  await beginSession(gateway.redis, 'live');
});

afterAll(async () => {
  await gateway.stop();
  await postgres.stop();
});

const PATHS = [
  '/history',
  '/session/stored',
  '/session/live',
  '/session/nobody',
  '/stats',
  '/asr/queue/status',
  '/health',
];

/** The statuses of all paths, and the time the slowest took. */
async function askAll(): Promise<{ statuses: Record<string, number>; slowestMs: number }> {
  let slowestMs = 0;
  const entries = await Promise.all(
    PATHS.map(async (path) => {
      const begun = performance.now();
      const { status } = await gateway.api.get(path);
      slowestMs = Math.max(slowestMs, performance.now() - begun);
      return [path, status] as const;
    }),
  );
  return { statuses: Object.fromEntries(entries), slowestMs };
}

const WELL = {
  '/history': 200,
  '/session/stored': 200,
  '/session/live': 200,
  '/session/nobody': 404,
  '/stats': 200,
  '/asr/queue/status': 200,
  '/health': 200,
};

async function awaitWell(): Promise<void> {
  await waitFor(
    async () => {
      expect((await askAll()).statuses).toEqual(WELL);
      expect((await gateway.api.get('/health')).body).toMatchObject({ redis_ready: true, db_ready: true });
      return true;
    },
    { what: 'everything to be well', timeoutMs: 15_000, everyMs: 100 },
  );
}

test('200 requests at a time are all answered rightly', async () => {
  await awaitWell();
  await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const path = PATHS[i % PATHS.length] as keyof typeof WELL;
      expect((await gateway.api.get(path)).status).toBe(WELL[path]);
    }),
  );
});

test('clients that leave before, in and after the answer harm nobody', async () => {
  const port = Number(new URL(gateway.url).port);
  const leave = async (path: string, afterMs: number): Promise<void> => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`GET /api/v1${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await sleep(afterMs);
    socket.resetAndDestroy();
  };
  for (let round = 0; round < 20; round++) {
    await Promise.all(PATHS.flatMap((path) => [0, 1, 2, 4].map((afterMs) => leave(path, afterMs))));
  }
  const aborted = Array.from({ length: 50 }, async (_, i) => {
    const signal = AbortSignal.timeout(1 + (i % 5));
    await fetch(`${gateway.url}/api/v1/history`, { signal }).catch(() => undefined);
  });
  await Promise.all(aborted);
  expect(gateway.cluster.gateways[0]?.running).toBe(true);
  await awaitWell();
});

test('requests that are broken, huge or unfinished harm nobody', async () => {
  const port = Number(new URL(gateway.url).port);
  const texts = [
    'nonsense\r\n\r\n',
    'GET /api/v1/health HTTP/1.1\r\n\r\n',
    `GET /api/v1/session/${'x'.repeat(200_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET /api/v1/health HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(200_000)}\r\n\r\n`,
    'POST /api/v1/stats HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbeginning',
    'GET /api/v1/history HTTP/1.1\r\nHost: x\r\n\r\nGET /api/v1/history HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /api/v1/history HTTP/1.1\r\nHost',
  ];
  await Promise.all(
    texts.map(async (text) => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(text);
      await sleep(200);
      socket.destroy();
    }),
  );
  expect(gateway.cluster.gateways[0]?.running).toBe(true);
  await awaitWell();
});

test('PostgreSQL killed: live sessions are still shown, the rest is unavailable at once', async () => {
  await postgres.process.killHard();
  await waitFor(async () => (await gateway.api.get('/health')).body.db_ready === false, {
    what: 'health to tell',
  });
  const { statuses, slowestMs } = await askAll();
  expect(statuses).toEqual({
    ...WELL,
    '/history': 503,
    '/session/stored': 503,
    '/session/nobody': 503,
    '/stats': 503,
  });
  expect(slowestMs).toBeLessThan(3_500);
  const { body, headers } = await gateway.api.get('/stats');
  expect(body).toEqual({ error: expect.stringContaining('PostgreSQL'), code: 'unavailable' });
  expect(headers.get('retry-after')).toBe('1');
  expect((await gateway.api.get('/health')).body.status).toBe('degraded');

  // Nothing is half deleted: once the store is back, the same request does it all.
  expect((await gateway.api.delete('/session/live')).status).toBe(503);
  expect((await gateway.api.get('/session/live')).status).toBe(200);
  await postgres.process.start();
  await awaitWell();
});

test('a statement that hangs is given up in time', async () => {
  const sql = connectPostgres(databaseUrl, { max: 1 });
  const locking = await sql.reserve();
  try {
    await locking`begin`;
    await locking`lock table asr_sessions in access exclusive mode`;
    const { statuses, slowestMs } = await askAll();
    expect(statuses).toEqual({
      ...WELL,
      '/history': 503,
      '/session/stored': 503,
      '/session/nobody': 503,
      '/stats': 503,
    });
    expect(slowestMs).toBeGreaterThan(3_000);
    expect(slowestMs).toBeLessThan(6_000);
    await locking`rollback`;
  } finally {
    locking.release();
    await sql.end();
  }
  await awaitWell();
});

test('Redis that hangs or is gone makes the gateway unavailable, and it recovers', async () => {
  const redis = gateway.cluster.redis?.process;
  redis?.pause();
  try {
    await waitFor(async () => (await gateway.api.get('/health')).status === 503, { what: 'health to tell' });
    const { statuses, slowestMs } = await askAll();
    expect(statuses).toMatchObject({
      '/session/stored': 503,
      '/asr/queue/status': 503,
      '/history': 200,
      '/stats': 200,
    });
    expect(slowestMs).toBeLessThan(3_500);
  } finally {
    redis?.resume();
  }
  await awaitWell();

  await redis?.killHard();
  await waitFor(async () => (await gateway.api.get('/health')).status === 503, { what: 'health to tell' });
  expect((await gateway.api.get('/health')).body).toMatchObject({
    status: 'unavailable',
    redis_ready: false,
  });
  const { statuses, slowestMs } = await askAll();
  expect(statuses).toMatchObject({ '/session/live': 503, '/history': 200 });
  expect(slowestMs).toBeLessThan(1_500);
  await redis?.start();
  await awaitWell();
});
