import { storeResults } from '@tributary/shared/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginRow, endRow, segmentRow, sessionKey } from '../store/rows.js';
import { type RestGateway, startRestGateway } from './rest-gateway.js';

let gateway: RestGateway;

beforeAll(async () => {
  gateway = await startRestGateway();
});

afterAll(async () => {
  await gateway.stop();
});

test('nothing stored: no records, and figures of zero', async () => {
  expect((await gateway.api.get('/history')).body).toEqual({ total: 0, records: [], next: null });
  expect((await gateway.api.get('/stats')).body).toEqual({
    total_tasks: 0,
    total_duration: 0,
    avg_rtf: 0,
    storage_used: expect.any(Number),
  });
});

test('records come newest first, in pages that never overlap', async () => {
  const stored = Array.from({ length: 120 }, (_, n) => sessionKey(n));
  await storeResults(
    gateway.store.db,
    stored.flatMap((key) => [beginRow(key), segmentRow(key, 1), endRow(key, 2, `text of ${key.sessionId}`)]),
  );
  const seen: string[] = [];
  for (let before = ''; ; ) {
    const { body } = await gateway.api.get(`/history?limit=50&uid=e2e_tester${before}`);
    expect(body.total).toBe(120);
    seen.push(...(body.records as { session_id: string }[]).map((record) => record.session_id));
    if (body.next === null) break;
    before = `&before=${body.next}`;
  }
  expect(seen).toEqual(stored.map((key) => key.sessionId).reverse());

  const { body } = await gateway.api.get('/history?limit=1');
  expect(body.records).toEqual([
    {
      session_id: 'session-119',
      user_id: 'user of session-119',
      text: 'text of session-119',
      duration: 12.345,
      chunk_count: 9,
      status: 'completed',
      created_at: '2026-01-01T00:00:00.119Z',
      completed_at: '2026-01-01T00:01:00.119Z',
    },
  ]);
  expect(((await gateway.api.get('/history')).body.records as unknown[]).length).toBe(50);
  expect(((await gateway.api.get('/history?limit=500')).body.records as unknown[]).length).toBe(120);
});

test('stats sum up what is stored', async () => {
  const { body } = await gateway.api.get('/stats');
  expect(body).toMatchObject({ total_tasks: 120, avg_rtf: 0.1 });
  expect(body.total_duration).toBeCloseTo(120 * 12.345);
  expect(body.storage_used).toBeGreaterThan(8_192);
});

const cursorAt = (ms: number): string => `h1.${Buffer.from(`${ms}|id|1.tag`).toString('base64url')}`;

test.each(
  [
    'limit=0',
    'limit=501',
    'limit=abc',
    'limit=',
    'limit=-1',
    'limit=1.5',
    'limit=1e2',
    'limit=0x10',
    'limit=%2050',
    `limit=${'9'.repeat(400)}`,
    'before=',
    'before=abc',
    'before=%00',
    'before=2026-13-45',
    `before=${'h1.'.repeat(2_000)}`,
    `before=${cursorAt(-8.64e15)}`,
    `before=${cursorAt(8.64e15)}0`,
    "before=2026-01-01';drop table asr_sessions",
  ].map((query) => [query.slice(0, 40), query]),
)('%s is refused', async (_, query) => {
  const { status, body } = await gateway.api.get(`/history?${query}`);
  expect([status, body.code]).toEqual([400, 'invalid_request']);
});
