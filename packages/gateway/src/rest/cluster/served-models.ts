import { type ModelInfo, type RedisClient, readStatuses } from '@tributary/shared';
import { askRedis } from '../ask-redis.js';
import { cached } from '../cached.js';

const CACHE_MS = 2_000;
const TIMEOUT_MS = 900;

/** A function that reads what models the live workers serve; none when that can not be found out. */
export function servedModels(redis: RedisClient): () => Promise<ModelInfo[]> {
  const read = cached(CACHE_MS, async () => {
    const statuses = await askRedis(redis, (connection) => readStatuses(connection, 'worker'), TIMEOUT_MS);
    // A worker of an older release says nothing of its models.
    return statuses.flatMap(({ models }) => models ?? []);
  });
  return () => read().catch(() => []);
}
