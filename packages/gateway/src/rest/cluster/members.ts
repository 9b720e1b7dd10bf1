import { type MemberStatus, type RedisClient, readStatuses } from '@tributary/shared';
import { askRedis } from '../ask-redis.js';
import { cached } from '../cached.js';

/** Live processes of the cluster and what each said last. */
export interface Members {
  workers: MemberStatus[];
  routers: MemberStatus[];
}

const CACHE_MS = 500;
const TIMEOUT_MS = 900;

/** A function that reads them, and no more often than they change. @throws TributaryError `unavailable` */
export function clusterMembers(redis: RedisClient): () => Promise<Members> {
  return cached(CACHE_MS, async () => {
    const ask = (connection: RedisClient) =>
      Promise.all([readStatuses(connection, 'worker'), readStatuses(connection, 'router')]);
    const [workers, routers] = await askRedis(redis, ask, TIMEOUT_MS);
    return { workers, routers };
  });
}
