import { type Kysely, type Selectable, sql } from 'kysely';
import { isSessionId } from '../protocol/session-id.js';
import type { ChunkTable, SessionTable, Tables } from './tables.js';

/** A stored event without what only the router needs. */
export type StoredChunk = Omit<Selectable<ChunkTable>, 'session_id' | 'incarnation' | 'mark' | 'event'>;

export interface StoredSession {
  session: Omit<Selectable<SessionTable>, 'begun' | 'deleted'>;
  /** Segments and errors in the order of `seq`; the final result is the session's own text. */
  chunks: StoredChunk[];
}

/**
 * The newest stored incarnation of a session; null where nothing is stored.
 *
 * @throws StoreError
 */
export async function readSession(db: Kysely<Tables>, sessionId: string): Promise<StoredSession | null> {
  if (!isSessionId(sessionId)) return null;
  const session = await db
    .selectFrom('asr_sessions')
    .select(['id', 'incarnation', 'user_id', 'status', 'language', 'final_text', 'chunk_count'])
    .select(['segment_count', 'lost_chunk_count', 'audio_seconds', 'created_at', 'completed_at'])
    .where('id', '=', sessionId)
    .where('deleted', '=', sql.lit(false))
    // Stamps are compared by their number, which has no leading zeros.
    .orderBy(sql`length(split_part(incarnation, '.', 1))`, 'desc')
    .orderBy('incarnation', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (session === undefined) return null;
  const chunks = await db
    .selectFrom('asr_chunks')
    .select(['seq', 'kind', 'segment_index', 'channel', 'first_chunk_index', 'last_chunk_index', 'text'])
    .select(['start_seconds', 'end_seconds', 'confidence', 'words', 'audio_bytes', 'queue_ms', 'decode_ms'])
    .select(['worker', 'error', 'error_message'])
    .where('session_id', '=', sessionId)
    .where('incarnation', '=', session.incarnation)
    .where('kind', '<>', 'final_result')
    .orderBy('seq')
    .execute();
  return { session, chunks };
}
