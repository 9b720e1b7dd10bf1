import { type RedisClient, TributaryError } from '@tributary/shared';
import { withDeadline } from './deadline.js';

export const REDIS_TIMEOUT_MS = 2_000;

/**
 * Asks Redis without ever waiting for its return: the client would keep commands until then, and a request cannot
 * wait so long.
 *
 * @throws TributaryError `unavailable`
 */
export async function askRedis<Value>(
  redis: RedisClient,
  ask: (redis: RedisClient) => Promise<Value>,
  timeoutMs = REDIS_TIMEOUT_MS,
): Promise<Value> {
  if (redis.status !== 'ready') throw new TributaryError('unavailable', 'Redis is away');
  return await withDeadline(ask(redis), timeoutMs, 'Redis');
}
