import { releaseShard, renewLease, takeShard } from '../redis/shard-scripts.js';
import { Lease } from './lease.js';
import { Membership, type MembershipOptions } from './membership.js';
import { planRound, type RoundPlan } from './plan-round.js';
import { PresentMaster } from './present-master.js';

/** What a role does with the shards it owns. */
export interface ShardWork {
  /** A shard is ours; nothing is remembered of any earlier time it was. */
  begin(lease: Lease): void;
  /** The shard goes to somebody else: finish what is begun and stop touching it. */
  handOver(lease: Lease): Promise<void>;
  /** The lease is gone: drop all that is remembered of the shard. */
  drop(lease: Lease): void;
}

export interface ShardOwnerOptions extends MembershipOptions {
  work: ShardWork;
}

/** Leases that came and went since the start of the process. */
export interface Turnover {
  readonly taken: number;
  readonly handedOver: number;
  /** Ran out, or were taken away. */
  readonly lost: number;
}

/** A member looks around twelve times a lease: joins, leaves and hand-overs are noticed within that. */
const ROUNDS_A_LEASE = 12;
/** The same while shards that are ours are still somebody else's: text waits for them. */
const HURRIED_ROUNDS_A_LEASE = 48;

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
  readonly #membership: Membership;
  readonly #master: PresentMaster;
  readonly #held = new Map<number, Held>();
  /** What is being asked of Redis, or finished, for a shard. */
  readonly #underWay = new Map<number, Promise<void>>();
  #beating: Promise<void> | null = null;
  /** Shards that are ours by the last list of members; null when it did not name us. */
  #assigned: readonly number[] | null = null;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #stopped = false;
  #redisOffsetMs = 0;
  readonly #turnover = { taken: 0, handedOver: 0, lost: 0 };

  constructor(options: ShardOwnerOptions) {
    this.#options = options;
    this.#membership = new Membership(options);
    this.#master = new PresentMaster(options.redis, options.shardCount);
  }

  /** Shards held right now. */
  get held(): number {
    return this.#held.size;
  }

  get leases(): Lease[] {
    return [...this.#held.values()].map(({ lease }) => lease);
  }

  get turnover(): Turnover {
    return this.#turnover;
  }

  /** Redis' clock, Unix ms, at a moment of `performance.now()`, as far as the last heartbeat told. */
  redisTimeAt(moment: number): number {
    return moment + this.#redisOffsetMs;
  }

  /** Joins and takes a first round. */
  async start(): Promise<void> {
    await this.#membership.replacePredecessor();
    await this.#beat();
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

  /** What a server does not confirm runs out by itself. */
  async #leave(): Promise<void> {
    const left = this.#membership.leave().catch((error: unknown) => this.#failed(error));
    const shards = [...this.#held.keys()];
    const handedOver = shards.map(async (shard) => {
      await this.#underWay.get(shard);
      await this.#each([shard], (one) => this.#handOver(one));
    });
    await atMost(this.#options.leaseMs, Promise.all([left, ...handedOver, ...this.#underWay.values()]));
  }

  #schedule(): void {
    if (this.#stopped) return;
    const waiting = this.#assigned?.some((shard) => !this.#held.has(shard)) ?? false;
    this.#timer = setTimeout(
      () => {
        this.#round = this.#once()
          .catch((error: unknown) => this.#failed(error))
          .finally(() => this.#schedule());
      },
      this.#options.leaseMs / (waiting ? HURRIED_ROUNDS_A_LEASE : ROUNDS_A_LEASE),
    );
  }

  #failed(error: unknown): void {
    this.#options.logger.warn({ err: String(error) }, 'ownership round failed');
  }

  /**
   * Nothing is waited for longer than until the next round is due: where several servers hold the shards, one that does
   * not answer must not cost the leases of the others. Its answers count whenever they come.
   */
  async #once(): Promise<void> {
    const patienceMs = this.#options.leaseMs / ROUNDS_A_LEASE;
    // A process that was paused past its lease must not go on as if nothing had happened, not even while it waits.
    this.#dropAll(this.#plan(null).drop);
    this.#beating ??= this.#beat()
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#beating = null;
      });
    await atMost(patienceMs, this.#beating);
    const mine = this.#assigned;
    const { drop, renew } = this.#plan(mine);
    this.#dropAll(drop);
    await atMost(
      patienceMs,
      this.#each(renew, (shard) => this.#renew(shard)),
    );
    // Once more: a lease that could not be renewed is gone, and its shard may be taken anew.
    const { handOver, take } = this.#plan(mine);
    await atMost(
      patienceMs,
      Promise.all([
        this.#each(handOver, (shard) => this.#handOver(shard)),
        this.#each(take, (shard) => this.#take(shard)),
      ]),
    );
  }

  /** As long as what is ours cannot be learnt, what was last known holds. */
  async #beat(): Promise<void> {
    const askedAt = performance.now();
    const { redisTimeMs, runId, assigned } = await this.#membership.beat();
    await this.#master.answered(runId, redisTimeMs, askedAt);
    this.#redisOffsetMs = redisTimeMs - performance.now();
    this.#assigned = assigned;
  }

  /** Does something with shards, and nothing with those for which something else is still under way. */
  async #each(shards: readonly number[], act: (shard: number) => Promise<void>): Promise<void> {
    const free = shards.filter((shard) => !this.#underWay.has(shard));
    await Promise.all(
      free.map((shard) => {
        const acting = act(shard)
          .catch((error: unknown) => this.#failed(error))
          .finally(() => this.#underWay.delete(shard));
        this.#underWay.set(shard, acting);
        return acting;
      }),
    );
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

  async #renew(shard: number): Promise<void> {
    const { redis, role, leaseMs } = this.#options;
    const held = this.#held.get(shard);
    if (held === undefined) return;
    const sentAt = performance.now();
    const { value, runId } = held.lease;
    if (await renewLease(redis, role, shard, value, leaseMs, runId)) held.renewedAt = sentAt;
    else this.#drop(held.lease);
  }

  async #take(shard: number): Promise<void> {
    const { redis, role, memberId, leaseMs, work, logger } = this.#options;
    if (this.#held.has(shard)) return;
    const sentAt = performance.now();
    const taken = await takeShard(redis, role, shard, memberId, leaseMs);
    if (taken === null) return;
    if (this.#stopped) return await releaseShard(redis, role, shard, taken.lease, memberId);
    // Nobody knows how much of a lease that came so late is left; the next round takes it anew.
    if (performance.now() - sentAt > leaseMs / 2) return;
    // Nor what a master holds that no heartbeat has reached yet: it may be one again, and older than it knows.
    if (!this.#master.is(taken.runId)) return;
    const lease = new Lease(role, shard, taken);
    this.#held.set(shard, { lease, renewedAt: sentAt });
    this.#turnover.taken++;
    logger.debug({ shard, lease: taken.lease }, 'shard taken');
    work.begin(lease);
  }

  async #handOver(shard: number): Promise<void> {
    const { redis, role, memberId, work, logger } = this.#options;
    const lease = this.#held.get(shard)?.lease;
    if (lease === undefined) return;
    await work.handOver(lease);
    if (this.#held.get(shard)?.lease === lease) this.#held.delete(shard);
    lease.markLost();
    await releaseShard(redis, role, shard, lease.value, memberId);
    this.#turnover.handedOver++;
    logger.debug({ shard }, 'shard handed over');
  }

  #drop(lease: Lease): void {
    if (this.#held.get(lease.shard)?.lease !== lease) return;
    this.#held.delete(lease.shard);
    lease.markLost();
    this.#turnover.lost++;
    this.#options.logger.warn({ shard: lease.shard, lease: lease.value }, 'lease lost, shard dropped');
    this.#options.work.drop(lease);
  }
}

/** Settles when the promise does, or after a time. */
async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([promise, patience]);
  } finally {
    clearTimeout(timer);
  }
}
