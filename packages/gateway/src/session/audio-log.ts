import { EntryAppender, keys, type Logger, noteMove, type RedisClient } from '@tributary/shared';
import type { TurnEnd, TurnPart } from '../turn-end.js';

export interface AudioLogOptions {
  redis: RedisClient;
  logger: Logger;
  turn: TurnEnd;
}

/** After a refusal (Redis full, failing over, loading) the same entry is offered again after so long. */
const RETRY_MS = 100;

/**
 * Appends entries to the shards' audio streams. An entry may be appended twice when an answer was lost: the reader
 * drops doubles by `(epoch, n)`. What is in flight is bounded by the sessions that append.
 */
export class AudioLog implements TurnPart {
  readonly #redis: RedisClient;
  readonly #appender: EntryAppender;
  readonly #logger: Logger;
  /** The streams' names, made once. */
  readonly #keys: string[] = [];
  #refusals = 0;

  constructor({ redis, logger, turn }: AudioLogOptions) {
    this.#redis = redis;
    this.#appender = new EntryAppender(redis, () => turn.later(this));
    this.#logger = logger;
  }

  /** XADDs that Redis has refused so far. */
  get refusals(): number {
    return this.#refusals;
  }

  /** What was appended in this turn leaves. */
  turnEnded(): void {
    this.#appender.flush();
  }

  /**
   * Appends an entry, again and again until Redis has confirmed it. A callback and not a promise: this is done for every
   * chunk, and chains of promises showed in the profile.
   *
   * @param wanted asked after each refusal whether to go on
   * @param settled told true once Redis has confirmed the entry, or false when it is not wanted any more; once
   */
  append(
    shard: number,
    header: string,
    payload: Buffer | string,
    wanted: () => boolean,
    settled: (appended: boolean) => void,
  ): void {
    this.#appender
      .append(this.#key(shard), header, typeof payload === 'string' ? Buffer.from(payload) : payload)
      .then(
        () => settled(true),
        (error: unknown) => this.#refused(error, shard, header, payload, wanted, settled),
      )
      .catch(this.#failed);
  }

  #key(shard: number): string {
    const known = this.#keys[shard];
    if (known !== undefined) return known;
    const key = keys.audio(shard);
    this.#keys[shard] = key;
    return key;
  }

  #refused(
    error: unknown,
    shard: number,
    header: string,
    payload: Buffer | string,
    wanted: () => boolean,
    settled: (appended: boolean) => void,
  ): void {
    noteMove(this.#redis, error);
    this.#refusals++;
    if (this.#refusals % 1_000 === 1) {
      this.#logger.warn(
        { shard, err: String(error), refusals: this.#refusals },
        'append refused, trying again',
      );
    }
    if (!wanted()) return settled(false);
    setTimeout(() => {
      if (wanted()) this.append(shard, header, payload, wanted, settled);
      else settled(false);
    }, RETRY_MS);
  }

  readonly #failed = (error: unknown): void => {
    this.#logger.error({ err: String(error) }, 'append failed');
  };
}
