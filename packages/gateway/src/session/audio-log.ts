import {
  type AppendListener,
  EntryAppender,
  keys,
  type Logger,
  noteMove,
  type RedisClient,
} from '@tributary/shared';
import type { TurnEnd, TurnPart } from '../turn-end.js';

export interface AudioLogOptions {
  redis: RedisClient;
  logger: Logger;
  turn: TurnEnd;
}

/** An entry for a shard's audio stream, and what asks for it. */
export interface Appending {
  readonly shard: number;
  readonly header: string;
  readonly payload: Buffer | string;
  /** Asked after each refusal: whether to go on. */
  readonly isWanted: boolean;
  /** Told true once Redis has confirmed the entry, or false when it is not wanted any more; once. */
  settled(appended: boolean): void;
}

/** After a refusal (Redis full, failing over, loading) the same entry is offered again after so long. */
const RETRY_MS = 100;

/**
 * Appends entries to the shards' audio streams, each again and again until Redis has confirmed it. An entry may be
 * appended twice when an answer was lost: the reader drops doubles by `(epoch, n)`. What is in flight is bounded by the
 * sessions that append.
 */
export class AudioLog implements TurnPart, AppendListener<Appending> {
  readonly #redis: RedisClient;
  readonly #appender: EntryAppender<Appending>;
  readonly #logger: Logger;
  /** The streams' names, made once. */
  readonly #keys: string[] = [];
  #refusals = 0;

  constructor({ redis, logger, turn }: AudioLogOptions) {
    this.#redis = redis;
    this.#appender = new EntryAppender(redis, this, () => turn.later(this));
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

  append(entry: Appending): void {
    const { shard, header, payload } = entry;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    this.#appender.append(this.#key(shard), header, bytes, entry);
  }

  appended(entry: Appending): void {
    this.#settle(entry, true);
  }

  refused(entry: Appending, error: unknown): void {
    noteMove(this.#redis, error);
    this.#refusals++;
    if (this.#refusals % 1_000 === 1) {
      this.#logger.warn(
        { shard: entry.shard, err: String(error), refusals: this.#refusals },
        'append refused, trying again',
      );
    }
    if (!entry.isWanted) return this.#settle(entry, false);
    setTimeout(() => {
      if (entry.isWanted) this.append(entry);
      else this.#settle(entry, false);
    }, RETRY_MS);
  }

  /** The client of Redis calls: what goes wrong here must not keep others from their answers. */
  #settle(entry: Appending, appended: boolean): void {
    try {
      entry.settled(appended);
    } catch (error) {
      this.#logger.error({ shard: entry.shard, err: String(error) }, 'append failed');
    }
  }

  #key(shard: number): string {
    const known = this.#keys[shard];
    if (known !== undefined) return known;
    const key = keys.audio(shard);
    this.#keys[shard] = key;
    return key;
  }
}
