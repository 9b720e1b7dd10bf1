import type { Role } from '../log/keys.js';
import type { RedisClient } from '../redis/redis-client.js';
import type { Logger } from '../telemetry/logger.js';
import { createShardReader } from './create-shard-reader.js';
import type { Lease } from './lease.js';
import { ReadProgress } from './read-progress.js';
import { ShardOwner, type Turnover } from './shard-owner.js';
import type { ShardReader, StreamEntry } from './shard-reader.js';

/** All that a role does for one shard under one lease. A new lease gets a new desk, which remembers nothing. */
export interface ShardDesk {
  readonly lease: Lease;
  /** Entries came from the shard's stream, in order. */
  accept(entries: readonly StreamEntry[]): void;
  /** All that had arrived by this time of Redis' clock has been read. */
  caughtUp?(redisNowMs: number): void;
  /** Called several times a second. */
  sweep(redisNowMs: number): void;
  /** Settles when what was begun is done. */
  settle(): Promise<void>;
  /** The lease is over: nothing more is done in its name. */
  close?(): void;
  /** Age of the oldest entry that was read and waits for being processed, ms. */
  ageMs(redisNowMs: number): number;
}

export interface ShardDesksOptions<Desk extends ShardDesk> {
  role: Role;
  /** What this process is called again after it was started anew. */
  instanceId: string;
  /** Unique name of this process, `<instanceId>-<random>`; also the name of its consumer group. */
  memberId: string;
  /** For plain commands and scripts. */
  redis: RedisClient;
  /** For reading only: it blocks. */
  reading: RedisClient;
  shardCount: number;
  leaseMs: number;
  /** About what one read of all shards may bring. */
  readBytes: number;
  open(lease: Lease): Desk;
  /** Settles when the shard's stream may be read. */
  prepare(lease: Lease): Promise<void>;
  /** The shard is to be read no further for now. */
  mustWait(desk: Desk): boolean;
  logger: Logger;
}

const SWEEP_MS = 100;
/** How long handing a shard over waits for what was begun; the next owner does the rest. */
const HAND_OVER_MS = 700;

/** The desks of one process: one for each shard it owns, fed by one reader, for as long as the lease lasts. */
export class ShardDesks<Desk extends ShardDesk> {
  readonly #options: ShardDesksOptions<Desk>;
  readonly #desks = new Map<number, Desk>();
  /** How far the streams of those shards are read. */
  readonly #progress = new Map<number, ReadProgress>();
  readonly #owner: ShardOwner;
  readonly #reader: ShardReader;
  #sweeping: NodeJS.Timeout | undefined;

  constructor(options: ShardDesksOptions<Desk>) {
    const { redis, reading, role, instanceId, memberId, shardCount, leaseMs, readBytes, logger } = options;
    this.#options = options;
    this.#reader = createShardReader({
      reader: reading,
      group: memberId,
      readBytes,
      onEntries: (lease, entries) => this.#accept(lease, entries),
      onCaughtUp: (lease, askedAt) => this.#caughtUp(lease, this.#owner.redisTimeAt(askedAt)),
      logger,
    });
    this.#owner = new ShardOwner({
      redis,
      role,
      instanceId,
      memberId,
      shardCount,
      leaseMs,
      logger,
      work: {
        begin: (lease) => this.#begin(lease),
        handOver: (lease) => this.#handOver(lease),
        drop: (lease) => this.#remove(lease),
      },
    });
  }

  get size(): number {
    return this.#desks.size;
  }

  get leases(): Lease[] {
    return this.#owner.leases;
  }

  /** Leases that came and went so far. */
  get turnover(): Turnover {
    return this.#owner.turnover;
  }

  values(): IterableIterator<Desk> {
    return this.#desks.values();
  }

  /** Redis' clock, Unix ms. */
  redisNowMs(): number {
    return this.#owner.redisTimeAt(performance.now());
  }

  /** Age of the oldest unprocessed entry of each shard held, read or not yet read, in seconds. */
  *oldestAgesSeconds(): Generator<[shard: number, seconds: number]> {
    const now = this.redisNowMs();
    for (const [shard, desk] of this.#desks) {
      const unreadMs = this.#progress.get(shard)?.unreadMs(now) ?? 0;
      yield [shard, Math.max(desk.ageMs(now), unreadMs) / 1_000];
    }
  }

  /** Joins, takes what is ours, reads. */
  async start(): Promise<void> {
    await this.#owner.start();
    this.#reader.start();
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  /** Hands over while reading and sweeping go on, then stops those. */
  async stop(): Promise<void> {
    await this.#owner.stop();
    clearInterval(this.#sweeping);
    await this.#reader.stop();
  }

  #deskOf(lease: Lease): Desk | undefined {
    const desk = this.#desks.get(lease.shard);
    return desk?.lease === lease ? desk : undefined;
  }

  #begin(lease: Lease): void {
    this.#desks.set(lease.shard, this.#options.open(lease));
    this.#progress.set(lease.shard, new ReadProgress(this.redisNowMs()));
    this.#options
      .prepare(lease)
      .then(() => {
        if (this.#deskOf(lease) !== undefined && !lease.lost) this.#reader.add(lease);
      })
      .catch((error: unknown) => {
        this.#options.logger.error({ shard: lease.shard, err: String(error) }, 'shard not prepared');
        lease.markLost();
      });
  }

  #accept(lease: Lease, entries: readonly StreamEntry[]): void {
    const desk = this.#deskOf(lease);
    if (desk === undefined) return;
    this.#progress.get(lease.shard)?.brought(entries.at(-1)?.id);
    desk.accept(entries);
    if (this.#options.mustWait(desk)) this.#reader.setPaused(lease, true);
  }

  #caughtUp(lease: Lease, redisTimeMs: number): void {
    const desk = this.#deskOf(lease);
    if (desk === undefined) return;
    this.#progress.get(lease.shard)?.caughtUp(redisTimeMs);
    desk.caughtUp?.(redisTimeMs);
  }

  async #handOver(lease: Lease): Promise<void> {
    this.#reader.remove(lease);
    const desk = this.#deskOf(lease);
    if (desk === undefined) return;
    await Promise.race([desk.settle(), new Promise((resolve) => setTimeout(resolve, HAND_OVER_MS))]);
    this.#remove(lease);
  }

  #remove(lease: Lease): void {
    this.#reader.remove(lease);
    const desk = this.#deskOf(lease);
    if (desk === undefined) return;
    desk.close?.();
    this.#desks.delete(lease.shard);
    this.#progress.delete(lease.shard);
  }

  #sweep(): void {
    const now = this.redisNowMs();
    for (const desk of this.#desks.values()) {
      desk.sweep(now);
      this.#reader.setPaused(desk.lease, this.#options.mustWait(desk));
    }
  }
}
