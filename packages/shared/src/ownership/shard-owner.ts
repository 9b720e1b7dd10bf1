import type { Role } from '../log/keys.js';
import type { RedisClient } from '../redis/redis-client.js';
import { heartbeat, releaseShard, renewLease, takeShard } from '../redis/shard-scripts.js';
import type { Logger } from '../telemetry/logger.js';
import { assign } from './assign.js';
import { Lease } from './lease.js';
import { planRound, type RoundPlan } from './plan-round.js';

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
  redis: RedisClient;
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

interface Held {
  lease: Lease;
  renewedAt: number;
}

/**
 * Owns the shards that `assign()` gives to this member: heartbeats, takes what is ours and free, renews, and hands
 * over what is not ours any more. What a round does is decided by `planRound`. An empty or unreadable member list
 * never makes it give up a lease.
 */
export class ShardOwner {
  readonly #options: ShardOwnerOptions;
  readonly #held = new Map<number, Held>();
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
    // A process that was paused past its lease must not go on as if nothing had happened, not even while it waits.
    this.#dropAll(this.#plan(null).drop);
    const { redisTimeMs, members } = await heartbeat(redis, role, memberId, leaseMs);
    this.#redisOffsetMs = redisTimeMs - performance.now();
    const mine = members.includes(memberId) ? (assign(shardCount, members).get(memberId) ?? []) : null;
    const { drop, renew } = this.#plan(mine);
    this.#dropAll(drop);
    await this.#renew(renew);
    // Once more: a lease that could not be renewed is gone, and its shard may be taken anew.
    const { handOver, take } = this.#plan(mine);
    await Promise.all([
      ...this.#heldOf(handOver).map(({ lease }) => this.#handOver(lease)),
      ...take.filter((shard) => !this.#held.has(shard)).map((shard) => this.#take(shard)),
    ]);
  }

  #plan(assigned: readonly number[] | null): RoundPlan {
    const held = [...this.#held.values()].map(({ lease, renewedAt }) => {
      return { shard: lease.shard, renewedAt, lost: lease.lost };
    });
    return planRound(held, assigned, performance.now(), this.#options.leaseMs);
  }

  #heldOf(shards: readonly number[]): Held[] {
    return shards.flatMap((shard) => this.#held.get(shard) ?? []);
  }

  #dropAll(shards: readonly number[]): void {
    for (const { lease } of this.#heldOf(shards)) this.#drop(lease);
  }

  async #renew(shards: readonly number[]): Promise<void> {
    const { redis, role, leaseMs } = this.#options;
    const sentAt = performance.now();
    await Promise.all(
      this.#heldOf(shards).map(async (held) => {
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
