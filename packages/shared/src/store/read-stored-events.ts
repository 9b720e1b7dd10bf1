import type { Kysely } from 'kysely';
import type { SessionKey } from './store-rows.js';
import type { Tables } from './tables.js';

/** An event as the client is owed it, with the mark that was committed along. */
export interface EventRecord {
  seq: number;
  /** JSON. */
  event: string;
  /** JSON, or null for a final result and for errors without one. */
  mark: string | null;
}

/**
 * At most `limit` events after `afterSeq`, in order: what heals a Redis that came back older than it was.
 *
 * @throws StoreError
 */
export async function readStoredEvents(
  db: Kysely<Tables>,
  key: SessionKey,
  afterSeq: number,
  limit: number,
): Promise<EventRecord[]> {
  return await db
    .selectFrom('asr_chunks')
    .select(['seq', 'event', 'mark'])
    .where('session_id', '=', key.sessionId)
    .where('incarnation', '=', key.incarnation)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
}
