import { type Kysely, sql } from 'kysely';
import type { Stamp } from '../log/stamp.js';
import type { EventKind, Tables } from './tables.js';
import { unnestRows } from './unnest-rows.js';

export interface ActiveStoredSession {
  id: string;
  incarnation: Stamp;
  user_id: string;
}

/** Sessions whose end is not stored. Scans the sessions: for healing after a restart of Redis, not for requests. */
export async function readActiveSessions(db: Kysely<Tables>): Promise<ActiveStoredSession[]> {
  return await db
    .selectFrom('asr_sessions')
    .select(['id', 'incarnation', 'user_id'])
    .where('status', '=', 'active')
    .where('deleted', '=', sql.lit(false))
    .execute();
}

/** Incarnations that were deleted and had begun since. Scans the sessions, as above. */
export async function readDeletedSessions(
  db: Kysely<Tables>,
  since: Date,
): Promise<{ id: string; incarnation: Stamp }[]> {
  return await db
    .selectFrom('asr_sessions')
    .select(['id', 'incarnation'])
    .where('deleted', '=', sql.lit(true))
    .where('created_at', '>', since)
    .execute();
}

const PLACE_TYPES = { session_id: 'text', incarnation: 'text', seq: 'bigint' } as const;

function placeColumns(place: { sessionId: string; incarnation: Stamp; seq: number }) {
  return { session_id: place.sessionId, incarnation: place.incarnation, seq: place.seq };
}

export interface LaterEvent {
  session_id: string;
  incarnation: Stamp;
  seq: number;
  kind: EventKind;
  mark: string | null;
  event: string;
}

/** Stored events past the given `seq` of each session, ascending. */
export async function readEventsPast(
  db: Kysely<Tables>,
  sessions: readonly { sessionId: string; incarnation: Stamp; seq: number }[],
): Promise<LaterEvent[]> {
  if (sessions.length === 0) return [];
  const { rows } = await sql<LaterEvent>`
    select c.session_id, c.incarnation, c.seq, c.kind, c.mark, c.event
    from ${unnestRows(sessions.map(placeColumns), PLACE_TYPES, 'known')}
    join asr_chunks c
      on c.session_id = known.session_id and c.incarnation = known.incarnation and c.seq > known.seq
    order by c.session_id, c.seq`.execute(db);
  return rows;
}
