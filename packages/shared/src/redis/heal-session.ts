import { keys } from '../log/keys.js';
import type { Stamp } from '../log/stamp.js';
import type { RedisClient } from './redis-client.js';
import { Script } from './script.js';

const healScript = new Script('heal-session');

/** What PostgreSQL holds of a session beyond what Redis knows. */
export interface SessionHealing {
  sessionId: string;
  incarnation: Stamp;
  userId: string;
  /** JSON of `SessionOptions` for a session that is missing in Redis. */
  options: string;
  /** Newest stored mark, as JSON, or ''. */
  mark: string;
  committedThrough: number;
  ended: boolean;
  /** Ascending by seq. */
  events: readonly { seq: number; json: string }[];
}

/** Raises a session in Redis; false without the lease. See `lua/heal-session.lua`. */
export async function healSession(
  redis: RedisClient,
  shard: number,
  lease: string,
  healing: SessionHealing,
  times: { eventsTtlMs: number; graceMs: number },
): Promise<boolean> {
  const id = healing.sessionId;
  const reply = await healScript.run(
    redis,
    [keys.lease(shard, 'router'), keys.session(shard, id), keys.events(shard, id), keys.deadlines(shard)],
    [
      lease,
      id,
      healing.incarnation,
      healing.userId,
      healing.options,
      healing.mark,
      healing.committedThrough,
      healing.ended ? '1' : '',
      times.eventsTtlMs,
      times.graceMs,
      ...healing.events.flatMap(({ seq, json }) => [seq, json]),
    ],
  );
  return reply !== -1;
}
