import type { Redis } from 'ioredis';
import type { Role } from '../log/keys.js';
import { heartbeat, releaseShard, renewLease, takeShard } from '../redis/shard-scripts.js';
import type { Logger } from '../telemetry/logger.js';
import { assign } from './assign.js';
import { Lease } from './lease.js';

/** What a role does with the shards it owns. */
export interface ShardWork {
  /** A shard is ours; nothing is remembered of any earlier time it was. */
  begin(lease: Lease): void;
  /** The shard goes to somebody else: finish what is begun and stop touching it. */
  handOver(lease: Lease): Promise<void>;
  /** The lease is gone: drop all that is remembered of the shard. */
  drop(lease: Lease): void;
}

export interface ShardOwnerOptions {
  redis: Redis;
  role: Role;
  /** Unique name of this process; also the name of its consumer group. */
  memberId: string;
  shardCount: number;
  leaseMs: number;
  work: ShardWork;
  logger: Logger;
}

/** A member looks around twelve times a lease: joins, leaves and hand-overs are noticed within that. */
const ROUNDS_A_LEASE = 12;
/** A lease is prolonged when a third of it has passed. */
const RENEW_AFTER = 1 / 3;
/** What a member does not renew for this share of a lease it takes for lost by itself. */
const EXPIRES_AFTER = 0.95;

/**
 * Owns the shards that `assign()` gives to this member: heartbeats, takes what is ours and free, renews, and hands
 * over what is not ours any more. An empty or unreadable member list never makes it give up a lease.
 */
export class ShardOwner {
  readonly #options: ShardOwnerOptions;
  readonly #held = new Map<number, { lease: Lease; renewedAt: number }>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #stopped = false;
  #redisOffsetMs = 0;
  #handOvers = 0;

  constructor(options: ShardOwnerOptions) {
    this.#options = options;
  }

  /** Shards held right now. */
  get held(): number {
    return this.#held.size;
  }

  get leases(): Lease[] {
    return [...this.#held.values()].map(({ lease }) => lease);
  }

  get handOvers(): number {
    return this.#handOvers;
  }

  /** Redis' clock, Unix ms, at a moment of `performance.now()`, as far as the last heartbeat told. */
  redisTimeAt(moment: number): number {
    return moment + this.#redisOffsetMs;
  }

  /** Joins and takes a first round. */
  async start(): Promise<void> {
    await this.#once();
    this.#schedule();
  }

  /** Hands everything over and leaves. Can be called twice. */
  async stop(): Promise<void> {
    if (this.#stopped) return await this.#round;
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
    this.#round = this.#leave();
    await this.#round;
  }

  async #leave(): Promise<void> {
    const { redis, role, memberId } = this.#options;
    await heartbeat(redis, role, memberId, 0);
    await Promise.all([...this.#held.values()].map(({ lease }) => this.#handOver(lease)));
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#once()
        .catch((error: unknown) => {
          this.#options.logger.warn({ err: String(error) }, 'ownership round failed');
        })
        .finally(() => this.#schedule());
    }, this.#options.leaseMs / ROUNDS_A_LEASE);
  }

  async #once(): Promise<void> {
    const { redis, role, memberId, shardCount, leaseMs } = this.#options;
    this.#expire();
    const { redisTimeMs, members } = await heartbeat(redis, role, memberId, leaseMs);
    this.#redisOffsetMs = redisTimeMs - performance.now();
    this.#expire();
    await this.#renew();
    if (!members.includes(memberId)) return;
    const mine = new Set(assign(shardCount, members).get(memberId) ?? []);
    const foreign = [...this.#held.values()].filter(({ lease }) => !mine.has(lease.shard));
    const missing = [...mine].filter((shard) => !this.#held.has(shard));
    await Promise.all([
      ...foreign.map(({ lease }) => this.#handOver(lease)),
      ...missing.map((shard) => this.#take(shard)),
    ]);
  }

  /** A process that was paused past its lease must not go on as if nothing had happened. */
  #expire(): void {
    const oldest = performance.now() - this.#options.leaseMs * EXPIRES_AFTER;
    for (const { lease, renewedAt } of this.#held.values()) {
      if (lease.lost || renewedAt < oldest) this.#drop(lease);
    }
  }

  async #renew(): Promise<void> {
    const { redis, role, leaseMs } = this.#options;
    const sentAt = performance.now();
    const due = [...this.#held.values()].filter(
      ({ renewedAt }) => renewedAt < sentAt - leaseMs * RENEW_AFTER,
    );
    await Promise.all(
      due.map(async (held) => {
        const { shard, value, runId } = held.lease;
        if (await renewLease(redis, role, shard, value, leaseMs, runId)) held.renewedAt = sentAt;
        else this.#drop(held.lease);
      }),
    );
  }

  async #take(shard: number): Promise<void> {
    const { redis, role, memberId, leaseMs, work, logger } = this.#options;
    const sentAt = performance.now();
    const taken = await takeShard(redis, role, shard, memberId, leaseMs);
    if (taken === null) return;
    const lease = new Lease(role, shard, taken);
    this.#held.set(shard, { lease, renewedAt: sentAt });
    logger.debug({ shard, lease: taken.lease }, 'shard taken');
    work.begin(lease);
  }

  async #handOver(lease: Lease): Promise<void> {
    const { redis, role, memberId, work, logger } = this.#options;
    await work.handOver(lease);
    this.#held.delete(lease.shard);
    lease.markLost();
    await releaseShard(redis, role, lease.shard, lease.value, memberId);
    this.#handOvers++;
    logger.debug({ shard: lease.shard }, 'shard handed over');
  }

  #drop(lease: Lease): void {
    if (this.#held.get(lease.shard)?.lease !== lease) return;
    this.#held.delete(lease.shard);
    lease.markLost();
    this.#options.logger.warn({ shard: lease.shard, lease: lease.value }, 'lease lost, shard dropped');
    this.#options.work.drop(lease);
  }
}
