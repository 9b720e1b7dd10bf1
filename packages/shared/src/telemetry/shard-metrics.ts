import { Gauge, type Registry } from 'prom-client';
import { keys, type Role } from '../log/keys.js';
import type { Lease } from '../ownership/lease.js';
import type { Turnover } from '../ownership/shard-owner.js';
import type { RedisClient } from '../redis/redis-client.js';
import { createReadings } from './readings.js';

/** The shards that a process owns. */
export interface ShardReadings {
  readonly size: number;
  readonly leases: readonly Lease[];
  readonly turnover: Turnover;
  /** Age of the oldest unprocessed entry of each shard held. */
  oldestAgesSeconds(): Iterable<[shard: number, seconds: number]>;
}

export interface ShardMetricsOptions {
  registry: Registry;
  role: Role;
  redis: RedisClient;
  shards: ShardReadings;
}

/** A scrape waits so long for Redis; then it goes without what only Redis knows. */
const REDIS_PATIENCE_MS = 500;

/** Metrics of the shards that a worker or router holds. */
export function addShardMetrics({ registry, role, redis, shards }: ShardMetricsOptions): void {
  const { gauge, counter } = createReadings(registry);
  const registers = [registry];
  const labelNames = ['shard'];
  gauge(`tributary_${role}_shards`, 'Leases held', () => shards.size);
  counter(`tributary_${role}_leases_taken_total`, 'Leases taken', () => shards.turnover.taken);
  counter(`tributary_${role}_hand_overs_total`, 'Shards handed over', () => shards.turnover.handedOver);
  counter(
    `tributary_${role}_leases_lost_total`,
    'Leases that ran out or were taken away',
    () => shards.turnover.lost,
  );
  new Gauge({
    name: 'tributary_shard_oldest_entry_age_seconds',
    help: "Age of the oldest entry of a held shard's stream that is not processed",
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const [shard, seconds] of shards.oldestAgesSeconds()) this.set({ shard }, seconds);
    },
  });
  new Gauge({
    name: 'tributary_shard_waiting_entries',
    help: "Entries in a held shard's stream: not concluded, or not trimmed yet",
    labelNames,
    registers,
    async collect() {
      this.reset();
      const held = shards.leases.map(({ shard }) => shard);
      for (const [shard, length] of await streamLengths(redis, role, held)) this.set({ shard }, length);
    },
  });
}

/** Lengths of the streams of these shards; none of those that Redis did not tell in time. */
async function streamLengths(
  redis: RedisClient,
  role: Role,
  shards: readonly number[],
): Promise<Map<number, number>> {
  const lengths = new Map<number, number>();
  if (redis.status !== 'ready') return lengths;
  // Asked for in one turn of the event loop, so that they travel together.
  const asked = shards.map(async (shard) => {
    const stream = role === 'worker' ? keys.audio(shard) : keys.results(shard);
    lengths.set(shard, await redis.xlen(stream));
  });
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, REDIS_PATIENCE_MS);
  });
  await Promise.race([Promise.allSettled(asked), patience]);
  clearTimeout(timer);
  return lengths;
}

/** Largest age of all shards held, seconds. */
export function oldestAgeSeconds(shards: Pick<ShardReadings, 'oldestAgesSeconds'>): number {
  let oldest = 0;
  for (const [, seconds] of shards.oldestAgesSeconds()) oldest = Math.max(oldest, seconds);
  return oldest;
}
