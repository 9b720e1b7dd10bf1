import { failOver, fillRedis, killRedis, killRedisAndCutTail } from './faults/redis-faults.js';
import { repeat } from './repeat.js';
import type { Scenario } from './scenario.js';

const AOF_TAIL_BYTES = 400_000;

function redisKill(appendfsync: 'everysec' | 'always'): Scenario {
  return {
    name: `redis-kill-${appendfsync}`,
    about: `kill -9 of Redis with appendfsync ${appendfsync}`,
    settings: { appendfsync },
    // What is always synced is safe without the help of clients.
    ...(appendfsync === 'always' ? { plainShare: 0.3 } : {}),
    run: async (world) => await repeat(world, 5_000, 8_000, async () => await killRedis(world)),
  };
}

function redisFailover(redis: 'sentinel' | 'cluster'): Scenario {
  return {
    name: `redis-failover-${redis}`,
    about: `kill -9 of a master; a replica takes over (${redis})`,
    settings: { redis },
    run: async (world) => await repeat(world, 5_000, 8_000, async () => await failOver(world)),
  };
}

/** What can happen to Redis itself. */
export const REDIS_SCENARIOS: readonly Scenario[] = [
  redisKill('everysec'),
  redisKill('always'),
  {
    name: 'redis-aof-tail',
    about: 'kill -9 of Redis, and the end of its append-only file is cut off',
    run: async (world) =>
      await repeat(world, 6_000, 9_000, async () => await killRedisAndCutTail(world, AOF_TAIL_BYTES)),
  },
  redisFailover('sentinel'),
  redisFailover('cluster'),
  {
    name: 'redis-full',
    about: 'Redis reaches maxmemory for 5 s, then is relieved',
    run: async (world) => await repeat(world, 5_000, 7_000, async () => await fillRedis(world, 5_000)),
  },
];
