import { type Kysely, sql } from 'kysely';
import { stampTimeMs } from './merge-rows.js';
import type { SessionKey } from './store-rows.js';
import type { Tables } from './tables.js';
import { unnestRows } from './unnest-rows.js';

const KEY_TYPES = { id: 'text', incarnation: 'text', created_ms: 'double precision' } as const;

/**
 * Removes all that is stored of these sessions and leaves tombstones, also for what was never stored, so that
 * late writes change nothing. Two statements in this order: once the tombstone stands, nobody adds events, so the
 * second finds all of them. When the first succeeds and the second fails, call it again.
 *
 * @param keys each once.
 * @throws StoreError
 */
export async function eraseSessions(db: Kysely<Tables>, keys: readonly SessionKey[]): Promise<void> {
  if (keys.length === 0) return;
  const rows = keys.map((key) => ({
    id: key.sessionId,
    incarnation: key.incarnation,
    created_ms: stampTimeMs(key),
  }));
  await sql`
    insert into asr_sessions as s (id, incarnation, deleted, created_at)
    select id, incarnation, true, to_timestamp(created_ms / 1000) from ${unnestRows(rows, KEY_TYPES, 'input')}
    on conflict (id, incarnation) do update set
      deleted = true, begun = false, user_id = '', status = 'active', language = null, final_text = null,
      chunk_count = 0, segment_count = 0, lost_chunk_count = 0, audio_seconds = 0,
      created_at = excluded.created_at, completed_at = null
    where not s.deleted`.execute(db);
  await sql`
    delete from asr_chunks c using ${unnestRows(rows, KEY_TYPES, 'input')}
    where c.session_id = input.id and c.incarnation = input.incarnation`.execute(db);
}
