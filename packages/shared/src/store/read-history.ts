import { type Kysely, sql } from 'kysely';
import { TributaryError } from '../protocol/errors.js';
import { historyCursor, parseHistoryPlace } from './history-cursor.js';
import { isoTime } from './iso-time.js';
import type { StoredStatus, Tables } from './tables.js';

export const MAX_HISTORY_LIMIT = 500;

/** A session as history shows it; times are ISO 8601. */
export interface HistoryRecord {
  session_id: string;
  user_id: string;
  /** Final text; empty while the session is active. */
  text: string;
  /** Seconds of audio. */
  duration: number;
  chunk_count: number;
  status: StoredStatus;
  created_at: string;
  completed_at: string | null;
}

export interface HistoryQuery {
  /** 1 to 500. */
  limit: number;
  /** `next` of the page before, or an ISO 8601 time. */
  before?: string | undefined;
}

export interface HistoryPage {
  /** All stored sessions, whatever the page. */
  total: number;
  records: HistoryRecord[];
  /** For `before` of the following page; null on the last one. */
  next: string | null;
}

/**
 * A page of history, newest first. Pages follow a unique order, so that sessions that begin meanwhile neither
 * repeat nor hide others. One index scan as long as the page, at any depth; the total is kept by triggers.
 *
 * @throws StoreError, TributaryError `invalid_request`
 */
export async function readHistory(db: Kysely<Tables>, query: HistoryQuery): Promise<HistoryPage> {
  const { limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_HISTORY_LIMIT) {
    throw new TributaryError('invalid_request', `limit is a whole number from 1 to ${MAX_HISTORY_LIMIT}`);
  }
  const rows = await historyQuery(db, { ...query, limit: limit + 1 }).execute();
  const total = rows[0]?.total ?? (await countSessions(db));
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    total,
    records: page.map((row) => ({
      session_id: row.id,
      user_id: row.user_id,
      text: row.final_text ?? '',
      duration: row.audio_seconds,
      chunk_count: row.chunk_count,
      status: row.status,
      created_at: isoTime(row.created),
      completed_at: row.completed === null ? null : isoTime(row.completed),
    })),
    next: more ? historyCursor(new Date(isoTime(last.created)), last.id, last.incarnation) : null,
  };
}

/** The statement behind a page, for tests to explain. */
export function historyQuery(db: Kysely<Tables>, { limit, before }: HistoryQuery) {
  const stored = db.selectFrom('asr_sessions').selectAll().where('deleted', '=', sql.lit(false));
  const longestPage = (before === undefined ? stored : stored.where(isBefore(before)))
    .orderBy(NEWEST_FIRST)
    // PostgreSQL cannot tell how long a page is whose limit is a parameter. With this bound it plans the statement
    // once for all pages, without it once for each, for a third of their cost.
    .limit(sql.lit(MAX_HISTORY_LIMIT + 1));
  return (
    db
      .selectFrom(longestPage.as('session'))
      .select(['id', 'incarnation', 'user_id', 'final_text', 'audio_seconds', 'chunk_count', 'status'])
      .select([CREATED.as('created'), COMPLETED.as('completed')])
      // One statement instead of two, and both of the same moment.
      .select((row) => row.selectFrom('asr_totals').select(SUM_OF_SESSIONS.as('sum')).as('total'))
      .orderBy(NEWEST_FIRST)
      .limit(limit)
  );
}

// As text: a page of times takes longer to be made dates and text again than to be read from the socket.
const CREATED = sql<string>`created_at::text`;
const COMPLETED = sql<string | null>`completed_at::text`;
const NEWEST_FIRST = sql`created_at desc, id desc, incarnation desc`;

function isBefore(before: string) {
  const { createdAt, session } = parseHistoryPlace(before);
  if (session === null) return sql<boolean>`created_at < ${createdAt}`;
  const { id, incarnation } = session;
  return sql<boolean>`(created_at, id, incarnation) < (${createdAt}::timestamptz, ${id}, ${incarnation})`;
}

const SUM_OF_SESSIONS = sql<number>`coalesce(sum(sessions), 0)::bigint`;

/** All stored sessions: the sum of at most 64 rows. */
async function countSessions(db: Kysely<Tables>): Promise<number> {
  const { total } = await db
    .selectFrom('asr_totals')
    .select(SUM_OF_SESSIONS.as('total'))
    .executeTakeFirstOrThrow();
  return total;
}
