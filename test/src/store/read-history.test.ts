import { historyQuery, openStore, readHistory, type StoreRow, storeResults } from '@tributary/shared/store';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type TestStore, testStore } from './database.js';
import { beginRow, deletedRow, endRow, sessionKey } from './rows.js';

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

/** Sessions `from` to `to - 1`; every ten of them began in the same millisecond. */
function sessions(from: number, to: number): StoreRow[] {
  return Array.from({ length: to - from }, (_, i) => {
    const { incarnation } = sessionKey(Math.floor((from + i) / 10));
    return beginRow({ sessionId: `s-${from + i}`, incarnation });
  });
}

test('pages give each session once, newest first, while others begin', async () => {
  await storeResults(store.db, sessions(0, 95));
  const seen: string[] = [];
  const times: string[] = [];
  let before: string | null = null;
  let added = 95;
  do {
    const page = await readHistory(store.db, { limit: 7, ...(before === null ? {} : { before }) });
    expect(page.total).toBe(added);
    seen.push(...page.records.map((record) => record.session_id));
    times.push(...page.records.map((record) => record.created_at));
    before = page.next;
    await storeResults(store.db, sessions(added, added + 13));
    added += 13;
  } while (before !== null);
  expect(seen).toHaveLength(95);
  expect(new Set(seen).size).toBe(95);
  expect(times).toEqual([...times].sort().reverse());
});

test('a record has the shape of the API', async () => {
  const key = sessionKey(5);
  await storeResults(store.db, [beginRow(key), endRow(key, 1, 'hello')]);
  expect(await readHistory(store.db, { limit: 50 })).toEqual({
    total: 1,
    records: [
      {
        session_id: 'session-5',
        user_id: 'user of session-5',
        text: 'hello',
        duration: 12.345,
        chunk_count: 9,
        status: 'completed',
        created_at: '2026-01-01T00:00:00.005Z',
        completed_at: '2026-01-01T00:01:00.005Z',
      },
    ],
    next: null,
  });
});

test('before may be a time', async () => {
  await storeResults(store.db, [beginRow(sessionKey(1)), beginRow(sessionKey(2)), beginRow(sessionKey(3))]);
  for (const before of [
    '2026-01-01T00:00:00.002Z',
    '2026-01-01T00:00:00.002',
    '2026-01-01T08:00:00.002+08:00',
  ]) {
    const { records } = await readHistory(store.db, { limit: 9, before });
    expect(records.map((record) => record.session_id)).toEqual(['session-1']);
  }
  expect((await readHistory(store.db, { limit: 9, before: '2026-01-01' })).records).toEqual([]);
});

test('deleted sessions are not in history', async () => {
  await storeResults(store.db, [beginRow(sessionKey(1)), beginRow(sessionKey(2)), deletedRow(sessionKey(1))]);
  const { total, records } = await readHistory(store.db, { limit: 9 });
  expect([total, records.length]).toEqual([1, 1]);
});

test.each([
  '',
  'x',
  'h1.',
  'h1.AAAA',
  '2026-13-45',
  'yesterday',
  `h1.${Buffer.from('1|a b|c').toString('base64url')}`,
])('before %j is refused', async (before) => {
  await expect(readHistory(store.db, { limit: 9, before })).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

test.each([0, 501, 1.5, Number.NaN])('limit %d is refused', async (limit) => {
  await expect(readHistory(store.db, { limit })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('each page is one scan of the index, without sorting', async () => {
  await storeResults(store.db, sessions(0, 3_000));
  await store.admin`analyze asr_sessions`;
  const { next } = await readHistory(store.db, { limit: 500 });
  for (const before of [undefined, next ?? '', '2026-01-01T00:00:00.150Z']) {
    const query = historyQuery(store.db, { limit: 50, ...(before === null ? {} : { before }) });
    const plan = JSON.stringify(await query.explain('json'));
    expect(plan).toContain('"Index Name":"asr_sessions_history"');
    expect(plan).not.toContain('"Sort"');
    // The total beside it is the sum of a small table.
    expect(plan).not.toMatch(/"Seq Scan"[^{}]*"Relation Name":"asr_sessions"/);
  }
});

interface PreparedStatement {
  statement: string;
  /** How often it was planned for one execution, and how often the plan that is kept was executed. */
  custom_plans: number;
  generic_plans: number;
}

test('PostgreSQL plans the statement of a page once, not for each page', async () => {
  // Enough for a tenth of them, which PostgreSQL takes an unknown limit for, to cost more than planning.
  await store.admin`
    insert into asr_sessions (id, incarnation, begun, created_at)
    select 's-' || n, '1.tag', true, timestamptz '2026-01-01' + n * interval '1 second'
    from generate_series(1, 20000) n`;
  await store.admin`analyze asr_sessions`;
  const single = openStore(store.settings, { poolSize: 1 });
  try {
    const { next } = await readHistory(single.db, { limit: 50 });
    for (const before of [undefined, next ?? '', '2026-01-01T05:00:00Z']) {
      for (let n = 0; n < 10; n++) await readHistory(single.db, { limit: 50, before });
    }
    const plans = await single.db
      .withTables<{ pg_prepared_statements: PreparedStatement }>()
      .selectFrom('pg_prepared_statements')
      .select(['custom_plans', 'generic_plans'])
      .where('statement', 'like', '%from "asr_sessions"%')
      .execute();
    expect(plans).toHaveLength(3);
    // PostgreSQL plans the first five for their own parameters, to compare.
    for (const plan of plans) expect(plan).toEqual({ custom_plans: 5, generic_plans: expect.any(Number) });
  } finally {
    await single.close();
  }
});
