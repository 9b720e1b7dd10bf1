import { isCluster, type RedisClient } from './redis-client.js';

/** Answers of a Redis that will take the same command soon: it is failing over, loading, or its slots move. */
const TRANSIENT_REPLY =
  /^(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|NOREPLICAS|UNBLOCKED|FAILOVER)\b/;
const RETRY_MS = 50;

/**
 * True when the same command may succeed later: Redis said so, or the connection was lost before it answered, and
 * nobody knows whether it was carried out.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof RangeError) return false;
  return error.name === 'ReplyError'
    ? TRANSIENT_REPLY.test(error.message)
    : !CROSSES_SLOTS.test(error.message);
}

/** The client's own refusal of a mistake of ours. */
const CROSSES_SLOTS = /in a pipeline command should belong to the same slot/;

/**
 * To be told of every failed command: when slots have moved the cluster's map is fetched anew. ioredis does so by itself
 * only when all commands that travelled together name the same slot.
 */
export function noteMove(redis: RedisClient, error: unknown): void {
  if (isCluster(redis) && error instanceof Error && /^(MOVED|CLUSTERDOWN)\b/.test(error.message)) {
    redis.refreshSlotsCache();
  }
}

/**
 * Asks until Redis answers for good; for what may be carried out twice. Ends with the client: what is asked of one
 * that was disconnected fails.
 */
export async function untilAnswered<Answer>(redis: RedisClient, ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isTransient(error) || redis.status === 'end') throw error;
      noteMove(redis, error);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    if (redis.status === 'end') throw new Error('the connection to Redis was closed');
  }
}
