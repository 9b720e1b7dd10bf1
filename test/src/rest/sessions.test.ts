import { keys, shardOf } from '@tributary/shared';
import { type SessionKey, storeResults } from '@tributary/shared/store';
import { waitFor } from '@tributary/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginRow, endRow, errorRow, segmentRow } from '../store/rows.js';
import { beginSession, type RestGateway, SHARDS, sessionKey, startRestGateway } from './rest-gateway.js';

let gateway: RestGateway;

beforeAll(async () => {
  gateway = await startRestGateway();
});

afterAll(async () => {
  await gateway.stop();
});

/** Puts events where the router would. */
async function appendEvents(
  sessionId: string,
  events: readonly { seq: number; event: string }[],
): Promise<void> {
  const key = keys.events(shardOf(sessionId, SHARDS), sessionId);
  await Promise.all(events.map(({ seq, event }) => gateway.redis.xadd(key, `${seq}-0`, 'j', event)));
}

async function setHash(sessionId: string, fields: Record<string, string>): Promise<void> {
  await gateway.redis.hset(sessionKey(sessionId), fields);
}

async function historyIds(): Promise<string[]> {
  const { body } = await gateway.api.get('/history?limit=500');
  return (body.records as { session_id: string }[]).map((record) => record.session_id);
}

test('a session that has just begun', async () => {
  await beginSession(gateway.redis, 'young', 'somebody');
  const { status, body } = await gateway.api.get('/session/young');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    id: 'young',
    user_id: 'somebody',
    status: 'active',
    language: 'en',
    chunk_count: 0,
    results: {},
    completed: {},
    final_text: null,
    duration: 0,
    completed_at: null,
    chunks: [],
  });
  expect(Math.abs(Date.parse(String(body.created_at)) - Date.now())).toBeLessThan(10_000);
});

test('live and stored, a session looks the same', async () => {
  const key: SessionKey = { sessionId: 'both', incarnation: await beginSession(gateway.redis, 'both') };
  const rows = [segmentRow(key, 1), errorRow(key, 2), segmentRow(key, 3), segmentRow(key, 4)];
  await appendEvents('both', rows);
  await setHash('both', {
    mark: JSON.stringify({ chunks: 4, segment: 4, lostChunks: 0, sample: 6 * 16_000 }),
  });
  const live = (await gateway.api.get('/session/both')).body;
  expect(live).toMatchObject({
    status: 'active',
    chunk_count: 4,
    duration: 6,
    results: { 0: 'words 1', 2: 'words 3', 3: 'words 4' },
    completed: { 0: true, 2: true, 3: true },
    truncated: false,
  });
  expect(live.chunks).toHaveLength(4);

  await storeResults(gateway.store.db, [
    {
      ...beginRow(key),
      body: { userId: 'tester', language: 'en', createdAtMs: Date.parse(String(live.created_at)) },
    },
    ...rows,
  ]);
  await gateway.redis.del(sessionKey('both'));
  expect((await gateway.api.get('/session/both')).body).toEqual(live);
});

test('the final result shows at once, the time of the end when it is stored', async () => {
  const key: SessionKey = { sessionId: 'ending', incarnation: await beginSession(gateway.redis, 'ending') };
  const segment = segmentRow(key, 1);
  const end = { ...endRow(key, 2, 'all of it'), completedAtMs: Date.now() };
  const event = JSON.stringify({ ...JSON.parse(end.event), session_id: 'ending', status: 'completed' });
  await appendEvents('ending', [segment, { seq: 2, event }]);
  await setHash('ending', { status: 'finishing' });
  const shown = { status: 'completed', final_text: 'all of it', duration: 12.345, chunk_count: 9 };
  expect((await gateway.api.get('/session/ending')).body).toMatchObject({ ...shown, completed_at: null });

  await storeResults(gateway.store.db, [beginRow(key), segment, { ...end, event }]);
  expect((await gateway.api.get('/session/ending')).body).toMatchObject({
    ...shown,
    completed_at: new Date(end.completedAtMs).toISOString(),
  });
  await setHash('ending', { status: 'ended' });
  expect((await gateway.api.get('/session/ending')).body.completed_at).not.toBeNull();
});

test('a live session hides an older one of the same id that is stored', async () => {
  const old: SessionKey = { sessionId: 'again', incarnation: '1000.old' };
  await storeResults(gateway.store.db, [beginRow(old), endRow(old, 1, 'old words')]);
  expect((await gateway.api.get('/session/again')).body.final_text).toBe('old words');
  await beginSession(gateway.redis, 'again');
  expect((await gateway.api.get('/session/again')).body).toMatchObject({
    status: 'active',
    final_text: null,
  });
  // Ended, but its end was never stored: the old one is not shown in its place either.
  await setHash('again', { status: 'ended' });
  expect((await gateway.api.get('/session/again')).body.final_text).toBeNull();
});

test('a session of very many segments is read in pages and cut, but its end is known', async () => {
  const key: SessionKey = { sessionId: 'long', incarnation: await beginSession(gateway.redis, 'long') };
  const rows = Array.from({ length: 12_345 }, (_, i) => segmentRow(key, i + 1, 'x'));
  const final = {
    type: 'final_result',
    session_id: 'long',
    seq: 12_346,
    text: 'x',
    duration: 1,
    chunk_count: 2,
  };
  await appendEvents('long', [
    ...rows,
    { seq: 12_346, event: JSON.stringify({ ...final, status: 'abandoned' }) },
  ]);
  await setHash('long', { status: 'finishing' });
  const { body } = await gateway.api.get('/session/long');
  expect(body).toMatchObject({ status: 'abandoned', final_text: 'x', truncated: true });
  expect(body.chunks).toHaveLength(10_000);
});

test('a live session is deleted everywhere and does not come back', async () => {
  const key: SessionKey = { sessionId: 'gone', incarnation: await beginSession(gateway.redis, 'gone') };
  await storeResults(gateway.store.db, [beginRow(key), segmentRow(key, 1)]);
  expect(await historyIds()).toContain('gone');

  const { status, body } = await gateway.api.delete('/session/gone');
  expect([status, body]).toEqual([200, { deleted: true, id: 'gone' }]);
  expect((await gateway.api.get('/session/gone')).body).toMatchObject({ code: 'not_found' });
  expect(await historyIds()).not.toContain('gone');
  expect(await gateway.redis.hget(sessionKey('gone'), 'status')).toBe('deleted');
  expect(await gateway.redis.pttl(sessionKey('gone'))).toBeGreaterThan(3_600_000);

  // What a router still had in its hands.
  await storeResults(gateway.store.db, [segmentRow(key, 2), endRow(key, 3)]);
  expect((await gateway.api.get('/session/gone')).status).toBe(404);
  expect(await historyIds()).not.toContain('gone');
  expect((await gateway.api.delete('/session/gone')).status).toBe(404);

  await beginSession(gateway.redis, 'gone');
  expect((await gateway.api.get('/session/gone')).status).toBe(200);
});

test('a live session of which nothing is stored yet is barred as well', async () => {
  const key: SessionKey = {
    sessionId: 'unstored',
    incarnation: await beginSession(gateway.redis, 'unstored'),
  };
  expect((await gateway.api.delete('/session/unstored')).status).toBe(200);
  await storeResults(gateway.store.db, [beginRow(key), segmentRow(key, 1)]);
  await gateway.redis.del(sessionKey('unstored'));
  expect((await gateway.api.get('/session/unstored')).status).toBe(404);
  expect(await historyIds()).not.toContain('unstored');
});

test('a stored session of which Redis knows nothing is deleted', async () => {
  const key: SessionKey = { sessionId: 'stored', incarnation: '2000.tag' };
  await storeResults(gateway.store.db, [beginRow(key), endRow(key, 1)]);
  expect((await gateway.api.delete('/session/stored')).status).toBe(200);
  expect((await gateway.api.get('/session/stored')).status).toBe(404);
});

test('of several who delete at the same time all end well', async () => {
  await beginSession(gateway.redis, 'popular');
  const answers = await Promise.all(Array.from({ length: 10 }, () => gateway.api.delete('/session/popular')));
  const statuses = answers.map(({ status }) => status);
  expect(statuses).toContain(200);
  expect(statuses.every((status) => status === 200 || status === 404)).toBe(true);
});

test('an unknown id is not found and leaves nothing behind', async () => {
  const before = await gateway.redis.dbsize();
  for (const ask of [gateway.api.get, gateway.api.delete]) {
    const { status, body } = await ask('/session/nobody');
    expect([status, body]).toEqual([404, { error: expect.any(String), code: 'not_found' }]);
  }
  expect(await gateway.redis.dbsize()).toBe(before);
});

test.each(
  [
    'a{b}',
    '%7Bt:1%7D:shard',
    '*',
    '%2A',
    'a%0Ab',
    '%00',
    '%zz',
    'a%2Fb',
    'a%20b',
    '%E8%AF%AD',
    '..%2f..%2fetc',
    'x'.repeat(65),
    'x'.repeat(10_240),
  ].map((id) => [id.slice(0, 30), id]),
)('the id %s is refused', async (_, id) => {
  for (const ask of [gateway.api.get, gateway.api.delete]) {
    const { status, body } = await ask(`/session/${id}`);
    expect([status, body.code]).toEqual([400, 'invalid_request']);
  }
});

test('every character an id may have works, encoded or not', async () => {
  const id = 'Az09_.:-';
  await beginSession(gateway.redis, id);
  expect((await gateway.api.get(`/session/${id}`)).body.id).toBe(id);
  expect((await gateway.api.get(`/session/${encodeURIComponent(id)}`)).body.id).toBe(id);
});

test('a session that is deleted and begun again all the while never mixes', async () => {
  const until = performance.now() + 1_000;
  const churn = async (): Promise<void> => {
    for (let n = 0; performance.now() < until; n++) {
      const incarnation = await beginSession(gateway.redis, 'churn', `user-${n}`);
      await appendEvents('churn', [segmentRow({ sessionId: 'churn', incarnation }, 1, `user-${n}`)]);
      await gateway.api.delete('/session/churn');
    }
  };
  const look = async (): Promise<number> => {
    let found = 0;
    while (performance.now() < until) {
      const { status, body } = await gateway.api.get('/session/churn');
      if (status !== 200) continue;
      for (const text of Object.values(body.results as object)) expect(text).toBe(body.user_id);
      found++;
    }
    return found;
  };
  const [, found] = await Promise.all([churn(), look(), look()]);
  expect(found).toBeGreaterThan(0);
  await waitFor(async () => (await gateway.api.get('/session/churn')).status === 404, { what: 'its end' });
});
