import { type Kysely, sql } from 'kysely';
import type { Stamp } from '../log/stamp.js';
import type { EventKind, Tables } from './tables.js';

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
    from unnest(
      ${sessions.map((session) => session.sessionId)}::text[],
      ${sessions.map((session) => session.incarnation)}::text[],
      ${sessions.map((session) => session.seq)}::bigint[]
    ) as known (session_id, incarnation, seq)
    join asr_chunks c
      on c.session_id = known.session_id and c.incarnation = known.incarnation and c.seq > known.seq
    order by c.session_id, c.seq`.execute(db);
  return rows;
}
