import { deleteLiveSession, keys, type RedisClient, shardOf, TOMBSTONE_MS } from '@tributary/shared';
import { deleteSession } from '@tributary/shared/store';
import { nanoid } from 'nanoid';
import { askRedis } from '../ask-redis.js';
import { askStore } from '../ask-store.js';
import type { RestContext } from '../rest-context.js';

type Context = Pick<RestContext, 'redis' | 'store' | 'shardCount' | 'publish'>;

const TAG_LENGTH = 6;

/**
 * Removes a session everywhere; false when it was nowhere. Can be repeated after a failure at any point.
 *
 * The store goes first: only while Redis still names the live incarnation can the store be told to refuse what the
 * router may yet want to write of it. An incarnation that begins in between is noticed and barred as well.
 *
 * @throws StoreError, TributaryError `unavailable`
 */
export async function removeSession(context: Context, sessionId: string): Promise<boolean> {
  const { redis, store } = context;
  const shard = shardOf(sessionId, context.shardCount);
  const barred = await askRedis(redis, (connection) => findLive(connection, shard, sessionId));
  const bar = (live: Live | null) =>
    askStore(store, (db) => deleteSession(db, sessionId, live === null ? [] : [live.incarnation]));
  const removed = await bar(barred);
  // Nothing is left behind for ids that never were.
  if (barred === null && removed === 0) return false;
  const [live] = await askRedis(redis, (connection) =>
    // Both are sent in this order in one turn of the event loop.
    Promise.all([
      findLive(connection, shard, sessionId),
      deleteLiveSession(connection, shard, sessionId, TOMBSTONE_MS, nanoid(TAG_LENGTH)),
    ]),
  );
  if (live === null) return true;
  // Its client, if it still has one, is told at once; its gateway's next refresh would do so later.
  const { incarnation, gatewayId } = live;
  context.publish(gatewayId, { kind: 'deleted', sessionId, stamp: incarnation, number: 0, json: '' });
  if (incarnation !== barred?.incarnation) await bar(live);
  return true;
}

interface Live {
  incarnation: string;
  gatewayId: string;
}

async function findLive(redis: RedisClient, shard: number, sessionId: string): Promise<Live | null> {
  const key = keys.session(shard, sessionId);
  const [status, incarnation, gatewayId] = await redis.hmget(key, 'status', 'incarnation', 'gateway');
  if (!status || status === 'deleted' || !incarnation) return null;
  return { incarnation, gatewayId: gatewayId ?? '' };
}
