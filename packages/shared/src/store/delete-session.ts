import type { Kysely } from 'kysely';
import type { Stamp } from '../log/stamp.js';
import { eraseSessions } from './erase-sessions.js';
import type { Tables } from './tables.js';

/**
 * Removes every stored incarnation of a session, and bars the `live` ones, of which nothing may have been stored
 * yet. Safe to repeat.
 *
 * @returns how many incarnations were there to be removed; 0 where nothing was stored.
 * @throws StoreError
 */
export async function deleteSession(
  db: Kysely<Tables>,
  sessionId: string,
  live: readonly Stamp[] = [],
): Promise<number> {
  const stored = await db
    .selectFrom('asr_sessions')
    .select(['incarnation', 'deleted'])
    .where('id', '=', sessionId)
    .execute();
  // Tombstones too: an earlier call may have failed half-way.
  const incarnations = new Set([...stored.map((row) => row.incarnation), ...live]);
  await eraseSessions(
    db,
    [...incarnations].sort().map((incarnation) => ({ sessionId, incarnation })),
  );
  return stored.filter((row) => !row.deleted).length;
}
