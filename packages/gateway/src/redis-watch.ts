import type { Logger } from '@tributary/shared';
import type { Redis } from 'ioredis';

const LOOK_MS = 1_000;

/** What a gateway has to know of the Redis server itself: how full it is, and whether it was started again. */
export class RedisWatch {
  readonly #redis: Redis;
  readonly #logger: Logger;
  readonly #restarted: () => void;
  #ratio = 0;
  #runId = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(redis: Redis, logger: Logger, restarted: () => void) {
    this.#redis = redis;
    this.#logger = logger;
    this.#restarted = restarted;
  }

  /** Used share of Redis' maxmemory; 0 when it has no limit. */
  get ratio(): number {
    return this.#ratio;
  }

  /** Looks once, then once a second and after every reconnect. */
  async start(): Promise<void> {
    await this.#look();
    const again = (): void => {
      this.#look().catch((error: unknown) =>
        this.#logger.debug({ err: String(error) }, 'redis not looked at'),
      );
    };
    this.#timer = setInterval(again, LOOK_MS);
    this.#redis.on('ready', again);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const [memory, server] = await Promise.all([this.#redis.info('memory'), this.#redis.info('server')]);
    const used = Number(/^used_memory:(\d+)/m.exec(memory)?.[1] ?? 0);
    const limit = Number(/^maxmemory:(\d+)/m.exec(memory)?.[1] ?? 0);
    this.#ratio = limit === 0 ? 0 : used / limit;
    const runId = /^run_id:(\w+)/m.exec(server)?.[1] ?? '';
    const known = this.#runId;
    this.#runId = runId;
    if (known !== '' && known !== runId) {
      this.#logger.warn('redis was started again; restoring sessions');
      this.#restarted();
    }
  }
}
