import { shardOf } from '@tributary/shared';
import { readSession } from '@tributary/shared/store';
import { askRedis } from '../ask-redis.js';
import { askStore } from '../ask-store.js';
import type { RestContext } from '../rest-context.js';
import type { Session } from '../schemas.js';
import { type LiveSession, readLiveSession } from './live-session.js';
import { storedView } from './stored-session.js';

type Context = Pick<RestContext, 'redis' | 'store' | 'shardCount' | 'logger'>;

/**
 * A session wherever it is: what Redis holds is newer than what is stored until the end of that very incarnation is
 * stored; a deleted session is nowhere. Null when there is none.
 *
 * @throws StoreError, TributaryError `unavailable`
 */
export async function findSession(context: Context, sessionId: string): Promise<Session | null> {
  const shard = shardOf(sessionId, context.shardCount);
  const live = await askRedis(context.redis, (redis) => readLiveSession(redis, shard, sessionId));
  if (live?.status === 'deleted') return null;
  if (live?.status === 'live' || live?.status === 'closing') return live.view;
  try {
    const stored = await askStore(context.store, (db) => readSession(db, sessionId));
    if (stored !== null && (live === null || isEndOf(live, stored.session))) return storedView(stored);
  } catch (error) {
    // All that Redis lacks of an ended session is the moment of its end.
    if (!live?.view) throw error;
    context.logger.warn({ shard, session: sessionId, err: String(error) }, 'session shown without the store');
  }
  return live?.view ?? null;
}

function isEndOf(live: LiveSession, stored: { incarnation: string; status: Session['status'] }): boolean {
  return stored.incarnation === live.incarnation && stored.status !== 'active';
}
