import { keys, type Logger, noteMove, type RedisClient } from '@tributary/shared';

export interface AudioLogOptions {
  redis: RedisClient;
  logger: Logger;
}

/** After a refusal (Redis full, failing over, loading) the same entry is offered again after so long. */
const RETRY_MS = 100;

/**
 * Appends entries to the shards' audio streams. An entry may be appended twice when an answer was lost: the reader
 * drops doubles by `(epoch, n)`. What is in flight is bounded by the sessions that append.
 */
export class AudioLog {
  readonly #redis: RedisClient;
  readonly #logger: Logger;
  #refusals = 0;

  constructor({ redis, logger }: AudioLogOptions) {
    this.#redis = redis;
    this.#logger = logger;
  }

  /** XADDs that Redis has refused so far. */
  get refusals(): number {
    return this.#refusals;
  }

  /** Settles once Redis has confirmed the entry, or with false when `wanted` said no before that. */
  async append(
    shard: number,
    header: string,
    payload: Buffer | string,
    wanted: () => boolean,
  ): Promise<boolean> {
    for (;;) {
      try {
        await this.#redis.xadd(keys.audio(shard), '*', 'h', header, 'd', payload);
        return true;
      } catch (error) {
        noteMove(this.#redis, error);
        this.#refusals++;
        if (this.#refusals % 1_000 === 1) {
          this.#logger.warn(
            { shard, err: String(error), refusals: this.#refusals },
            'append refused, trying again',
          );
        }
      }
      if (!wanted()) return false;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      if (!wanted()) return false;
    }
  }
}
