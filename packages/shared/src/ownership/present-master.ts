import { isCluster, type RedisClient } from '../redis/redis-client.js';
import { forgetHealing } from '../redis/shard-scripts.js';

/**
 * The run of Redis that is master now, as far as this process knows. One that was master before, and is again before it
 * followed the one in between, has its old data under its old run id, and shards that count as healed: a process that comes
 * to it from another run takes that back, for all shards, before it takes any. (In a cluster a master becomes a replica as
 * soon as it hears of another one, and each shard has its own: nothing is done there.)
 */
export class PresentMaster {
  readonly #redis: RedisClient;
  readonly #shards: readonly number[];
  #runId = '';
  /** When it was first heard of, by `performance.now()`. */
  #since = 0;

  constructor(redis: RedisClient, shardCount: number) {
    this.#redis = redis;
    this.#shards = Array.from({ length: shardCount }, (_, shard) => shard);
  }

  /** What this run gives may be relied on. */
  is(runId: string): boolean {
    return isCluster(this.#redis) || runId === this.#runId;
  }

  /** A run of Redis answered at this time of its clock; it was asked at this moment of `performance.now()`. */
  async answered(runId: string, redisTimeMs: number, askedAt: number): Promise<void> {
    if (this.is(runId)) return;
    if (this.#runId !== '') {
      // When the other one was the master already, by this one's clock: whatever it was healed for since, it was after that.
      const sinceMs = redisTimeMs - (askedAt - this.#since);
      const forgotten = this.#shards.map((shard) => forgetHealing(this.#redis, shard, runId, sinceMs));
      // It moved on meanwhile: the next heartbeat tells where to.
      if ((await Promise.all(forgotten)).includes(false)) return;
    }
    this.#runId = runId;
    this.#since = performance.now();
  }
}
