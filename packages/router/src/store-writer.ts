import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, shardOf } from '@tributary/shared';
import { type StoreRow, storeResults, type Tables } from '@tributary/shared/store';
import type { Kysely } from 'kysely';
import type { RouterMetrics } from './router-metrics.js';

export interface StoreWriterOptions {
  db: Kysely<Tables>;
  /** Settles once the tables exist. */
  migrated: Promise<void>;
  batchRows: number;
  /** Rows that may wait; when there are more, callers stop bringing new ones. */
  waitingRows: number;
  shardCount: number;
  metrics: RouterMetrics;
  logger: Logger;
}

interface Job {
  rows: readonly StoreRow[];
  done: () => void;
}

/**
 * A statement begins so long after the last one began at the earliest, unless it would be full: a statement of few rows
 * costs almost as much as one of many. A client that waits for its final result waits for this too.
 */
const GATHER_MS = 40;
const RETRY_MS = [50, 100, 250, 500, 1_000] as const;

/**
 * Stores rows of all shards in few large statements. A job is done when all its rows are in PostgreSQL; jobs are done in
 * the order they were given. While PostgreSQL is away jobs wait, and once there are
 * many of them callers stop bringing new ones.
 */
export class StoreWriter {
  readonly #options: StoreWriterOptions;
  #jobs: Job[] = [];
  #waitingRows = 0;
  #running = false;
  #stopped = false;

  constructor(options: StoreWriterOptions) {
    this.#options = options;
  }

  /** Rows given and not yet stored. */
  get waitingRows(): number {
    return this.#waitingRows;
  }

  /** No more rows should be brought for now. */
  get full(): boolean {
    return this.#waitingRows >= this.#options.waitingRows;
  }

  /** Settles when the rows are stored; never, if the writer is stopped before. */
  store(rows: readonly StoreRow[]): Promise<void> {
    return new Promise((resolve) => {
      this.#waitingRows += rows.length;
      this.#jobs.push({ rows, done: resolve });
      if (!this.#running) {
        this.#running = true;
        setTimeout(() => void this.#run(), GATHER_MS);
      }
    });
  }

  /** Settles when all rows given so far are stored. */
  async idle(): Promise<void> {
    const last = this.#jobs.at(-1);
    if (last === undefined && !this.#running) return;
    await this.store([]);
  }

  /** Begins no further statement. What is not stored stays in Redis for the next owner. */
  stop(): void {
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    await this.#options.migrated;
    while (this.#jobs.length > 0 && !this.#stopped) {
      const beganAt = performance.now();
      const batch = this.#nextBatch();
      await this.#storeBatch(batch.flatMap((job) => job.rows));
      for (const job of batch) {
        this.#waitingRows -= job.rows.length;
        job.done();
      }
      const restMs = beganAt + GATHER_MS - performance.now();
      if (restMs > 0 && this.#waitingRows < this.#options.batchRows) await sleep(restMs);
    }
    this.#running = false;
  }

  #nextBatch(): Job[] {
    let rows = 0;
    let take = 0;
    while (take < this.#jobs.length && (take === 0 || rows < this.#options.batchRows)) {
      rows += this.#jobs[take]?.rows.length ?? 0;
      take++;
    }
    return this.#jobs.splice(0, take);
  }

  async #storeBatch(rows: readonly StoreRow[]): Promise<void> {
    const { db, logger, metrics, shardCount } = this.#options;
    for (let attempt = 0; !this.#stopped; attempt++) {
      try {
        const stop = metrics.storeSeconds.startTimer();
        const refused = await storeResults(db, rows);
        stop();
        metrics.storedRows.inc(rows.length - refused.length);
        metrics.refusedRows.inc(refused.length);
        metrics.batchRows.observe(rows.length);
        for (const { row, error } of refused) {
          const { sessionId: session, kind } = row;
          const shard = shardOf(session, shardCount);
          logger.error({ shard, session, kind, err: error.message }, 'row refused');
        }
        return;
      } catch (error) {
        metrics.storeFailures.inc();
        if (attempt === 0)
          logger.warn({ err: String(error), rows: rows.length }, 'store failed, trying again');
        const delay = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] as number;
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
    }
    // Stopped: never settle, so that nobody trims what is not stored.
    await new Promise<never>(() => {});
  }
}
