import { keys } from '../log/keys.js';
import { type Stamp, stampNumber } from '../log/stamp.js';
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
  return await untilAnswered(redis, () => readPage(redis, shard, sessionId, afterSeq));
}

/**
 * The same of one incarnation only. Null when its id has been begun anew, or deleted: what is there belongs to somebody
 * else. A Redis that came back older than it was may not know this incarnation yet, and then has nothing for it.
 */
export async function readEventsOf(
  redis: RedisClient,
  shard: number,
  session: { sessionId: string; incarnation: Stamp },
  afterSeq: number,
): Promise<StoredEvent[] | null> {
  const { sessionId, incarnation } = session;
  const [page, now] = await untilAnswered(redis, () =>
    Promise.all([
      readPage(redis, shard, sessionId, afterSeq),
      // They travel together. Asked behind the page: an incarnation that is still there then was there before.
      redis.hget(keys.session(shard, sessionId), 'incarnation'),
    ]),
  );
  if (now === incarnation) return page;
  return stampNumber(now ?? '') > stampNumber(incarnation) ? null : [];
}

async function readPage(
  redis: RedisClient,
  shard: number,
  sessionId: string,
  afterSeq: number,
): Promise<StoredEvent[]> {
  const key = keys.events(shard, sessionId);
  const entries = await redis.xrange(key, `${afterSeq + 1}-0`, '+', 'COUNT', EVENTS_PAGE);
  return entries.map(([id, fields]) => ({ seq: Number.parseInt(id, 10), json: fields[1] ?? '' }));
}
