import { keys } from '../log/keys.js';
import type { RedisClient } from './redis-client.js';
import { untilAnswered } from './transient.js';

/** The deployment was made with another number of shards; sessions would be looked for in the wrong places. */
export class ShardCountError extends Error {
  constructor(stored: string, wanted: number) {
    super(`this deployment was made with SHARDS=${stored} and cannot be run with SHARDS=${wanted}`);
    this.name = 'ShardCountError';
  }
}

/** The first process of a deployment fixes the shard count; @throws ShardCountError when ours differs. */
export async function claimShardCount(redis: RedisClient, shardCount: number): Promise<void> {
  const read = () => untilAnswered(redis, () => redis.get(keys.shardCount));
  // Looked at first: a Redis at its memory limit refuses SET, and must still be drained by processes that start.
  if ((await read()) === null) {
    await untilAnswered(redis, () => redis.set(keys.shardCount, shardCount, 'NX'));
  }
  const stored = await read();
  if (stored !== String(shardCount)) throw new ShardCountError(String(stored), shardCount);
}
