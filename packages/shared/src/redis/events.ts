import { keys } from '../log/keys.js';
import type { RedisClient } from './redis-client.js';
import { untilAnswered } from './transient.js';

/** Events are read in pages of so many, so that a long absence costs bounded memory. */
export const EVENTS_PAGE = 200;

export interface StoredEvent {
  seq: number;
  json: string;
}

/** One page of what a client is owed past `afterSeq`, in order; fewer than a page means that was all. */
export async function readEvents(
  redis: RedisClient,
  shard: number,
  sessionId: string,
  afterSeq: number,
): Promise<StoredEvent[]> {
  const key = keys.events(shard, sessionId);
  const entries = await untilAnswered(redis, () =>
    redis.xrange(key, `${afterSeq + 1}-0`, '+', 'COUNT', EVENTS_PAGE),
  );
  return entries.map(([id, fields]) => ({ seq: Number.parseInt(id, 10), json: fields[1] ?? '' }));
}
