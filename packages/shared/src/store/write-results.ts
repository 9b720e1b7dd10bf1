import { type Kysely, sql } from 'kysely';
import { eraseSessions } from './erase-sessions.js';
import { EVENT_TYPES, eventColumns } from './event-columns.js';
import { type MergedRows, mergeRows } from './merge-rows.js';
import { SESSION_TYPES, sessionColumns } from './session-columns.js';
import { StoreError } from './store-error.js';
import type { StoreRow } from './store-rows.js';
import type { Tables } from './tables.js';
import { unnestRows } from './unnest-rows.js';

/** A row that PostgreSQL will never take (a number out of range, say), and why. */
export interface RefusedRow {
  row: StoreRow;
  error: StoreError;
}

/**
 * Stores rows of any number of sessions. Rows may come in any order, again, and spread over calls as they like:
 * the tables end up the same. Rows of a session that was deleted change nothing. The whole batch is one
 * statement (deletions are two more), so that it is stored as a whole; only when a row is refused for what is in
 * it is the batch halved until that row is alone.
 *
 * @returns the refused rows; normally none.
 * @throws StoreError when the same rows should be stored again: at any time, since nothing is counted twice.
 */
export async function storeResults(db: Kysely<Tables>, rows: readonly StoreRow[]): Promise<RefusedRow[]> {
  if (rows.length === 0) return [];
  try {
    const merged = mergeRows(rows);
    if (merged.sessions.length > 0) await upsert(db, merged);
    if (merged.deleted.length > 0) await eraseSessions(db, merged.deleted);
    return [];
  } catch (error) {
    if (!isDataError(error)) throw error;
    const [only] = rows;
    if (rows.length === 1 && only !== undefined) return [{ row: only, error }];
    const half = rows.length >> 1;
    const refused = await storeResults(db, rows.slice(0, half));
    return refused.concat(await storeResults(db, rows.slice(half)));
  }
}

/** Data exception or integrity violation: the statement is in order, a value in it is not. */
function isDataError(error: unknown): error is StoreError {
  return error instanceof StoreError && /^2[23]/.test(error.sqlState ?? '');
}

/**
 * Each session's row is written, and thereby locked, also when the batch brings only events: that is what keeps
 * a deletion at the same moment from leaving events behind. What an end has settled stays; what a beginning has
 * settled stays; counts of an active session only grow.
 */
async function upsert(db: Kysely<Tables>, { sessions, events }: MergedRows): Promise<void> {
  await sql`
    with kept as (
      insert into asr_sessions as s (id, incarnation, begun, user_id, language, status, final_text, chunk_count,
        segment_count, lost_chunk_count, audio_seconds, created_at, completed_at)
      select id, incarnation, begun, user_id, language, status, final_text, chunk_count,
        segment_count, lost_chunk_count, audio_seconds, to_timestamp(created_ms / 1000), to_timestamp(completed_ms / 1000)
      from ${unnestRows(sessions.map(sessionColumns), SESSION_TYPES, 'input')}
      on conflict (id, incarnation) do update set
        begun = s.begun or excluded.begun,
        user_id = case when s.begun then s.user_id else excluded.user_id end,
        language = case when s.begun then s.language else excluded.language end,
        created_at = case when s.begun then s.created_at else excluded.created_at end,
        status = case when s.status = 'active' then excluded.status else s.status end,
        final_text = coalesce(s.final_text, excluded.final_text),
        completed_at = coalesce(s.completed_at, excluded.completed_at),
        chunk_count = case when s.status <> 'active' then s.chunk_count
          when excluded.status <> 'active' then excluded.chunk_count
          else greatest(s.chunk_count, excluded.chunk_count) end,
        segment_count = case when s.status <> 'active' then s.segment_count
          when excluded.status <> 'active' then excluded.segment_count
          else greatest(s.segment_count, excluded.segment_count) end,
        lost_chunk_count = case when s.status <> 'active' then s.lost_chunk_count
          else excluded.lost_chunk_count end,
        audio_seconds = case when s.status <> 'active' then s.audio_seconds
          when excluded.status <> 'active' then excluded.audio_seconds
          else greatest(s.audio_seconds, excluded.audio_seconds) end
      where not s.deleted
      returning id, incarnation
    )
    insert into asr_chunks (${sql.join(Object.keys(EVENT_TYPES).map((name) => sql.id(name)))})
    select session_id, e.incarnation, seq, kind, segment_index, channel, first_chunk_index, last_chunk_index, text,
      start_seconds, end_seconds, confidence, words::jsonb, audio_bytes, queue_ms, decode_ms, worker, error,
      error_message, mark, event
    from ${unnestRows(events.map(eventColumns), EVENT_TYPES, 'e')}
    join kept on kept.id = e.session_id and kept.incarnation = e.incarnation
    on conflict do nothing`.execute(db);
}
