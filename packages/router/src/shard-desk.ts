import {
  type Lease,
  markEndStored,
  nextId,
  type StreamEntry,
  type StreamId,
  streamTimeMs,
  trimStream,
} from '@tributary/shared';
import { Batch } from './batch.js';
import { parseResults, type Result, readAgain } from './results.js';
import type { RouterContext } from './router-context.js';
import { ShardRoute } from './shard-route.js';

/** Batches that may wait for Redis before the shard is read no further. */
const MAX_BATCHES_WAITING = 8;
/** Results that are read again in one go once there is room for their rows. */
const CATCH_UP_RESULTS = 500;
/** What is stored is trimmed this often: results are small, and a script for each shard every second is not. */
const TRIM_EVERY_MS = 5_000;
/** A final result waits so long for being stored, so that history holds it when its client asks; no longer. */
const STORE_PATIENCE_MS = 100;

/**
 * All that a router does for one shard under one lease. For each batch of results: append what clients are owed,
 * publish it, store it, and trim what is stored. Publishing does not wait for storing; trimming does.
 *
 * While the writer is full, because PostgreSQL is away, results are delivered and their rows let go of: the backlog
 * stays in Redis. From then on the shard is *behind*: what is delivered is not handed to the writer until all before
 * it was read again and stored.
 */
export class ShardDesk {
  readonly lease: Lease;
  readonly #context: RouterContext;
  readonly #route: ShardRoute;
  #routing: Promise<void> = Promise.resolve();
  #storing: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Rows up to here were handed to the writer, all of them. */
  #handedId: StreamId = '0-0';
  /** Results up to here were delivered. */
  #routedId: StreamId = '0-0';
  #catchingUp = false;
  #readId: StreamId = '0-0';
  #storedId: StreamId = '0-0';
  #trimmedId: StreamId = '0-0';
  #trimmedAt = 0;
  #oldestWaitingMs: number | null = null;

  constructor(context: RouterContext, lease: Lease) {
    this.#context = context;
    this.lease = lease;
    this.#route = new ShardRoute(context, lease);
  }

  /** The shard is to be read no further for now. */
  get backlogged(): boolean {
    return this.#waiting > MAX_BATCHES_WAITING;
  }

  /** Age of the oldest result that was read and is not stored, in ms. */
  ageMs(redisNowMs: number): number {
    return this.#oldestWaitingMs === null ? 0 : Math.max(0, redisNowMs - this.#oldestWaitingMs);
  }

  /** Results came from the stream, in order. */
  accept(entries: readonly StreamEntry[]): void {
    const results = parseResults(entries, this.lease.shard, this.#context.logger);
    const lastId = entries.at(-1)?.id;
    if (lastId === undefined) return;
    this.#readId = lastId;
    this.#oldestWaitingMs ??= streamTimeMs(entries[0]?.id ?? lastId);
    this.#waiting++;
    this.#routing = this.#routing
      .then(() => this.#deliver(results, lastId))
      .then(() => {
        this.#waiting--;
      })
      .catch((error: unknown) => this.#fail(error));
  }

  /** Trims what is stored, goes on with what is behind. Called several times a second. */
  sweep(): void {
    if (this.lease.lost) return;
    if (this.#behind && !this.#catchingUp && !this.#context.writer.full) {
      this.#catchingUp = true;
      this.#routing = this.#routing
        .then(() => this.#catchUp())
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          this.#catchingUp = false;
        });
    }
    if (performance.now() - this.#trimmedAt >= TRIM_EVERY_MS) void this.#trim();
  }

  async #trim(): Promise<void> {
    if (this.lease.lost || this.#storedId === this.#trimmedId) return;
    this.#trimmedId = this.#storedId;
    this.#trimmedAt = performance.now();
    const { redis } = this.#context;
    await trimStream(redis, 'router', this.lease.shard, this.lease, nextId(this.#storedId)).catch(
      (error: unknown) => this.#fail(error),
    );
  }

  /** Settles when all that was read is appended, published and stored. */
  async settle(): Promise<void> {
    await this.#routing;
    await this.#storing;
    // Before the lease is given back: the next owner is to read none of it again.
    await this.#trim();
  }

  get #behind(): boolean {
    return this.#handedId !== this.#routedId;
  }

  /** Appends and publishes; stores as well where the shard is not behind. */
  async #deliver(results: readonly Result[], lastId: StreamId): Promise<void> {
    const { writer, logger } = this.#context;
    const stores = !this.#behind && !writer.full;
    if (!stores && !this.#behind) {
      logger.info({ shard: this.lease.shard }, 'storing falls behind, results stay in Redis');
    }
    const batch = new Batch(stores ? writer : null);
    await this.#route.take(results, batch, true);
    this.#routedId = lastId;
    // A client that asks for its history upon the final result is to find it there.
    if (batch.finals.length > 0) void batch.storedOr(STORE_PATIENCE_MS).then(() => batch.publishFinals());
    if (stores) this.#handedOver(batch, lastId);
  }

  /** Stores the next of what was delivered and not handed to the writer. */
  async #catchUp(): Promise<void> {
    const { redis, writer, logger } = this.#context;
    const { shard } = this.lease;
    if (this.lease.lost) return;
    const entries = await readAgain(redis, shard, this.#handedId, this.#routedId, CATCH_UP_RESULTS);
    const lastId =
      entries.length < CATCH_UP_RESULTS ? this.#routedId : (entries.at(-1)?.id ?? this.#routedId);
    const batch = new Batch(writer);
    await this.#route.take(parseResults(entries, shard, logger), batch, false);
    this.#handedOver(batch, lastId);
    if (!this.#behind) logger.info({ shard }, 'storing has caught up');
  }

  #handedOver(batch: Batch, lastId: StreamId): void {
    this.#handedId = lastId;
    this.#storing = this.#storing
      .then(() => this.#stored(batch, lastId))
      .catch((error: unknown) => this.#fail(error));
  }

  async #stored(batch: Batch, lastId: StreamId): Promise<void> {
    const { redis, eventsTtlMs } = this.#context;
    await batch.stored();
    await Promise.all(
      batch.ends.map((end) => markEndStored(redis, this.lease.shard, this.lease, end, eventsTtlMs)),
    );
    if (this.lease.lost) return;
    this.#storedId = lastId;
    this.#oldestWaitingMs = this.#readId === lastId ? null : streamTimeMs(lastId);
  }

  #fail(error: unknown): void {
    this.#context.logger.error(
      { shard: this.lease.shard, err: String(error) },
      'shard failed, taking it anew',
    );
    this.lease.markLost();
  }
}
