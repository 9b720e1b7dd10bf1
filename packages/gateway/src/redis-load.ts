import type { Logger } from '@tributary/shared';
import type { Redis } from 'ioredis';

const LOOK_MS = 1_000;

/** How full Redis is, looked at once a second. */
export class RedisLoad {
  readonly #redis: Redis;
  readonly #logger: Logger;
  #ratio = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(redis: Redis, logger: Logger) {
    this.#redis = redis;
    this.#logger = logger;
  }

  /** Used share of Redis' maxmemory; 0 when it has no limit. */
  get ratio(): number {
    return this.#ratio;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#look().catch((error: unknown) =>
        this.#logger.debug({ err: String(error) }, 'redis memory not read'),
      );
    }, LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const info = await this.#redis.info('memory');
    const used = Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0);
    const limit = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0);
    this.#ratio = limit === 0 ? 0 : used / limit;
  }
}
