import { keys, type RedisClient } from '@tributary/shared';
import { askRedis } from '../ask-redis.js';
import { cached } from '../cached.js';

const CACHE_MS = 1_000;

/** A function that counts the entries of all audio streams. @throws TributaryError `unavailable` */
export function audioBacklog(redis: RedisClient, shardCount: number): () => Promise<number> {
  return cached(CACHE_MS, async () => {
    // Asked for in one turn of the event loop, so that they travel together.
    const ask = (connection: RedisClient) =>
      Promise.all(Array.from({ length: shardCount }, (_, shard) => connection.xlen(keys.audio(shard))));
    const lengths = await askRedis(redis, ask);
    return lengths.reduce((sum, length) => sum + length, 0);
  });
}
