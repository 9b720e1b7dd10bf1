import {
  announcePresence,
  connectCommands,
  createLogger,
  type Lease,
  type RedisClient,
  ShardOwner,
  type ShardWork,
  type Subscription,
} from '@tributary/shared';
import { expect } from 'vitest';

export const SHARDS = 16;
export const LEASE_MS = 500;

/** One process: an owner with a connection of its own, and what it was told of its shards. */
export class Member implements ShardWork {
  readonly id: string;
  readonly redis: RedisClient;
  readonly owner: ShardOwner;
  readonly leases = new Map<number, Lease>();
  readonly dropped: Lease[] = [];
  readonly #url: string;
  #presence: Subscription | null = null;
  /** What has to be done before a shard is given back. */
  settle: () => Promise<void> = () => Promise.resolve();

  constructor(url: string, instance: string, id: string) {
    const logger = createLogger({ level: 'silent', role: 'test', instance: id });
    this.#url = url;
    this.id = id;
    this.redis = connectCommands({ url, name: id, logger });
    this.owner = new ShardOwner({
      redis: this.redis,
      role: 'router',
      instanceId: instance,
      memberId: id,
      shardCount: SHARDS,
      leaseMs: LEASE_MS,
      work: this,
      logger,
    });
  }

  begin(lease: Lease): void {
    expect(this.leases.has(lease.shard)).toBe(false);
    this.leases.set(lease.shard, lease);
  }

  async handOver(lease: Lease): Promise<void> {
    await this.settle();
    expect(this.leases.get(lease.shard)).toBe(lease);
    this.leases.delete(lease.shard);
  }

  drop(lease: Lease): void {
    expect(this.leases.get(lease.shard)).toBe(lease);
    this.leases.delete(lease.shard);
    this.dropped.push(lease);
  }

  /** From now on the others notice when it is killed. */
  async announce(): Promise<void> {
    const logger = createLogger({ level: 'silent', role: 'test', instance: this.id });
    const { id: memberId, redis: commands } = this;
    this.#presence = await announcePresence({ url: this.#url, commands, role: 'router', memberId, logger });
  }

  /** As `kill -9`: it neither renews nor gives back. */
  kill(): void {
    this.#presence?.close();
    this.redis.disconnect();
  }
}
