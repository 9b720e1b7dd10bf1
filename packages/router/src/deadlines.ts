import { closeSession, keys, type Lease, type Logger, type RedisClient } from '@tributary/shared';
import { nanoid } from 'nanoid';

export interface DeadlinesOptions {
  redis: RedisClient;
  graceMs: number;
  leases(): readonly Lease[];
  /** A session was ended. */
  abandoned(): void;
  /** Redis' clock, Unix ms. */
  redisNowMs(): number;
  logger: Logger;
}

/** Sessions closed in one look at a shard. */
const PAGE = 100;

/**
 * Ends sessions whose client stayed away. Gateways move the deadlines of their sessions every third of the grace time;
 * after Redis or a lease came (back) up they get all of it to do so before anything is closed, since a Redis that was
 * just started may be slow to answer.
 */
export class Deadlines {
  readonly #options: DeadlinesOptions;
  readonly #heldSince = new WeakMap<Lease, number>();
  #redisUpSince = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: DeadlinesOptions) {
    this.#options = options;
    options.redis.on('ready', () => {
      this.#redisUpSince = performance.now();
    });
  }

  start(): void {
    this.#timer = setInterval(
      () => {
        this.#looking = this.#look().catch((error: unknown) => {
          this.#options.logger.warn({ err: String(error) }, 'deadlines not looked at');
        });
      },
      Math.min(1_000, this.#options.graceMs / 6),
    );
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { graceMs, leases } = this.#options;
    const now = performance.now();
    const settledMs = graceMs;
    if (now - this.#redisUpSince < settledMs) return;
    await Promise.all(
      leases().map(async (lease) => {
        const since = this.#heldSince.get(lease) ?? now;
        this.#heldSince.set(lease, since);
        if (now - since >= settledMs) await this.#closeOverdue(lease);
      }),
    );
  }

  async #closeOverdue(lease: Lease): Promise<void> {
    const { redis, redisNowMs, logger } = this.#options;
    const overdue = await redis.zrangebyscore(
      keys.deadlines(lease.shard),
      '-inf',
      redisNowMs(),
      'LIMIT',
      0,
      PAGE,
    );
    for (const sessionId of overdue) {
      if (await closeSession(redis, lease.shard, lease.value, sessionId, nanoid(6))) {
        this.#options.abandoned();
        logger.info({ shard: lease.shard, session: sessionId }, 'session abandoned');
      }
    }
  }
}
