import {
  deleteSession,
  readEventsPast,
  readSession,
  readStats,
  type StoreRow,
  storeResults,
} from '@tributary/shared/store';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type TestStore, testStore } from './database.js';
import { beginRow, deletedRow, endRow, errorRow, segmentRow, sessionKey } from './rows.js';

let store: TestStore;

beforeAll(async () => {
  store = await testStore();
});

afterAll(async () => {
  await store.drop();
});

beforeEach(async () => {
  await store.admin`truncate asr_sessions, asr_chunks`;
});

/** Everything stored, and the totals beside what they should be. */
async function contents() {
  const sessions = await store.db.selectFrom('asr_sessions').selectAll().orderBy('id').execute();
  const chunks = await store.db
    .selectFrom('asr_chunks')
    .selectAll()
    .orderBy('session_id')
    .orderBy('seq')
    .execute();
  const totals = await store.admin`
    select coalesce(sum(sessions), 0)::bigint as sessions, coalesce(sum(audio_ms), 0)::bigint as audio_ms,
      coalesce(sum(decoded_ms), 0)::bigint as decoded_ms, coalesce(sum(decode_us), 0)::bigint as decode_us
    from asr_totals`;
  const counted = await store.admin`
    select (select count(*) from asr_sessions where not deleted) as sessions,
      (select coalesce(sum(round(audio_seconds * 1000)::bigint), 0)::bigint from asr_sessions where not deleted) as audio_ms,
      (select coalesce(sum(round((end_seconds - start_seconds) * 1000)::bigint), 0)::bigint from asr_chunks
        where decode_ms is not null) as decoded_ms,
      (select coalesce(sum(round(decode_ms * 1000)::bigint), 0)::bigint from asr_chunks) as decode_us`;
  expect([...totals]).toEqual([...counted]);
  return { sessions, chunks };
}

/** A whole session; the third is deleted at its end, the fourth has only errors, the fifth goes on. */
function sessionRows(n: number): StoreRow[] {
  const key = sessionKey(n);
  const segments = [1, 2, 3].map((seq) => segmentRow(key, seq));
  if (n === 2) return [beginRow(key), ...segments, endRow(key, 4), deletedRow(key)];
  if (n === 3) return [beginRow(key), errorRow(key, 1), endRow(key, 2)];
  if (n === 4) return [beginRow(key), ...segments];
  return [beginRow(key), ...segments, endRow(key, 4)];
}

describe('storeResults', () => {
  test('any order, any repetition and any batches give the same tables', async () => {
    const rows = [0, 1, 2, 3, 4].flatMap(sessionRows);
    expect(await storeResults(store.db, rows)).toEqual([]);
    const expected = await contents();
    expect(expected.sessions.filter((row) => !row.deleted)).toHaveLength(4);
    expect(expected.chunks).toHaveLength(13);
    const indices = rows.map((_, index) => index);
    const order = fc
      .tuple(
        fc.shuffledSubarray(indices, { minLength: rows.length }),
        fc.array(fc.constantFrom(...indices), { maxLength: 20 }),
      )
      .chain(([all, again]) =>
        fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length }),
      );
    await fc.assert(
      fc.asyncProperty(order, fc.integer({ min: 1, max: 30 }), async (picked, size) => {
        await store.admin`truncate asr_sessions, asr_chunks`;
        for (let i = 0; i < picked.length; i += size) {
          await storeResults(
            store.db,
            picked.slice(i, i + size).map((index) => rows[index] as StoreRow),
          );
        }
        expect(await contents()).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  test('the same batches from several writers at once', async () => {
    const rows = Array.from({ length: 60 }, (_, n) =>
      sessionRows(n % 2).map((row) => ({ ...row, ...sessionKey(n) }) as StoreRow),
    ).flat();
    await Promise.all([0, 1, 2, 3].map(() => storeResults(store.db, rows)));
    const { sessions, chunks } = await contents();
    expect([sessions.length, chunks.length]).toEqual([60, 240]);
  });

  test('a deletion beside writers leaves nothing behind', async () => {
    for (let n = 0; n < 30; n++) {
      const rows = sessionRows(0).map((row) => ({ ...row, ...sessionKey(n) }) as StoreRow);
      const writes = rows.map((row) => storeResults(store.db, [row]));
      await Promise.all([...writes, storeResults(store.db, [deletedRow(sessionKey(n))])]);
      await storeResults(store.db, rows);
    }
    const { sessions, chunks } = await contents();
    expect(chunks).toEqual([]);
    expect(sessions.every((row) => row.deleted && row.user_id === '' && row.final_text === null)).toBe(true);
  });

  test.each([
    ['emoji and scripts', '👩‍👩‍👧 你好 𝒳 \u202e'],
    ['quotes and braces', `'"\\ {a,"b"} NULL $1 ; -- \\u0000 \n\t`],
    ['100 kB', 'wörd "x" '.repeat(11_000)],
  ])('text stays as it is: %s', async (_, text) => {
    const key = sessionKey(0);
    await storeResults(store.db, [beginRow(key), segmentRow(key, 1, text), endRow(key, 2, text)]);
    const stored = await readSession(store.db, key.sessionId);
    expect(stored?.session.final_text).toBe(text);
    expect(stored?.chunks[0]).toMatchObject({ text, words: [{ word: text, start: 0, end: 1.5 }] });
    const [event] = await readEventsPast(store.db, [{ ...key, seq: 0 }]);
    expect(JSON.parse(event?.event ?? '')).toMatchObject({ text });
  });

  test('the channel of a segment, where it has one', async () => {
    const key = sessionKey(0);
    const { body, ...row } = segmentRow(key, 2);
    await storeResults(store.db, [segmentRow(key, 1), { ...row, body: { ...body, channel: 7 } }]);
    const stored = await readSession(store.db, key.sessionId);
    expect(stored?.chunks.map(({ channel }) => channel)).toEqual([null, 7]);
  });

  test('what PostgreSQL does not take is left out of columns, not of events', async () => {
    const key = sessionKey(0);
    await storeResults(store.db, [segmentRow(key, 1, 'a\0b\ud800c'), endRow(key, 2, '\0')]);
    const stored = await readSession(store.db, key.sessionId);
    expect(stored?.chunks[0]).toMatchObject({ text: 'ab\ufffdc', words: [{ word: 'ab\ufffdc' }] });
    const [event] = await readEventsPast(store.db, [{ ...key, seq: 0 }]);
    expect(JSON.parse(event?.event ?? '')).toMatchObject({ text: 'a\0b\ud800c' });
  });

  test('a row that PostgreSQL refuses harms no other', async () => {
    const rows = [0, 1].flatMap(sessionRows);
    const wrong = { ...segmentRow(sessionKey(1), 9), seq: 2 ** 70 };
    const refused = await storeResults(store.db, [...rows, wrong]);
    expect(refused).toMatchObject([
      { row: { seq: 2 ** 70 }, error: { code: 'statement_failed', temporary: false } },
    ]);
    expect((await contents()).chunks).toHaveLength(8);
  });

  test('a batch larger than the parameter limit', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) =>
      segmentRow(sessionKey(i % 100), Math.floor(i / 100) + 1),
    );
    expect(await storeResults(store.db, rows)).toEqual([]);
    expect((await contents()).chunks).toHaveLength(20_000);
  });
});

describe('what is read', () => {
  test('the newest incarnation, by its number', async () => {
    const old = { sessionId: 's', incarnation: '999.z' };
    const newer = { sessionId: 's', incarnation: '1000.a' };
    await storeResults(store.db, [endRow(newer, 2, 'new'), segmentRow(newer, 1), endRow(old, 1, 'old')]);
    const stored = await readSession(store.db, 's');
    expect(stored?.session.final_text).toBe('new');
    expect(stored?.chunks.map((chunk) => chunk.seq)).toEqual([1]);
    expect(await readSession(store.db, 'another')).toBeNull();
    expect(await readSession(store.db, 'no\0id')).toBeNull();
  });

  test('events past the seq of each session, in order, with their marks', async () => {
    await storeResults(store.db, [0, 1, 3].flatMap(sessionRows));
    const another = { ...sessionKey(1), incarnation: '1.another' };
    const known = [
      { ...sessionKey(0), seq: 2 },
      { ...sessionKey(3), seq: 2 },
      { ...another, seq: 0 },
    ];
    const later = await readEventsPast(store.db, known);
    expect(later.map(({ session_id, seq, kind, mark }) => ({ session_id, seq, kind, mark }))).toEqual([
      { session_id: 'session-0', seq: 3, kind: 'chunk_result', mark: '{"segment":3}' },
      { session_id: 'session-0', seq: 4, kind: 'final_result', mark: null },
    ]);
    expect(await readEventsPast(store.db, [])).toEqual([]);
  });

  test('statistics, and a deleted session leaves them', async () => {
    await storeResults(store.db, [0, 1].flatMap(sessionRows));
    const stats = await readStats(store.db);
    expect(stats).toMatchObject({ total_tasks: 2, total_duration: 24.69 });
    expect(stats.avg_rtf).toBeCloseTo(0.1);
    expect(stats.storage_used).toBeGreaterThan(8_192);
    expect(await deleteSession(store.db, sessionKey(0).sessionId)).toBe(1);
    expect(await deleteSession(store.db, sessionKey(0).sessionId)).toBe(0);
    expect(await readStats(store.db)).toMatchObject({ total_tasks: 1, total_duration: 12.345 });
  });

  test('a session deleted before anything of it was stored stays away', async () => {
    const key = sessionKey(0);
    expect(await deleteSession(store.db, key.sessionId, [key.incarnation])).toBe(0);
    await storeResults(store.db, sessionRows(0));
    expect(await readSession(store.db, key.sessionId)).toBeNull();
    expect((await contents()).chunks).toEqual([]);
  });
});
