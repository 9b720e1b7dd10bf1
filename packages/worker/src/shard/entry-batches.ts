import { type StreamId, streamTimeMs } from '@tributary/shared';
import type { WorkTurns } from './work-turns.js';

export interface EntryBatchesOptions<Entry> {
  /** Shared with the other shards of the process. */
  turns: Pick<WorkTurns, 'isOver' | 'next'>;
  /** The entry cannot be fed before something is loaded. */
  mustLoad(entry: Entry): boolean;
  /** Loads what these entries need. */
  load(entries: readonly Entry[]): Promise<void>;
  feed(entry: Entry): void;
  /** All of a batch is fed, which ended with this id. */
  done(lastId: StreamId): void;
  /** Nothing more may be fed. */
  stopped(): boolean;
  failed(error: unknown): void;
}

/**
 * The entries of one shard on their way from the reader to its sessions, batch by batch and in order. Mostly nothing waits and
 * nothing has to be loaded: then a batch is fed at once. What is too much for one turn goes on in later ones.
 */
export class EntryBatches<Entry extends { readonly id: StreamId }> {
  readonly #options: EntryBatchesOptions<Entry>;
  /** Stream time of the first entry not fed of each batch that waits. */
  readonly #timesMs: number[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(options: EntryBatchesOptions<Entry>) {
    this.#options = options;
  }

  /** How many batches are not done. */
  get waiting(): number {
    return this.#timesMs.length;
  }

  /** Stream time of the oldest entry that waits; null when none does. */
  get oldestMs(): number | null {
    return this.#timesMs[0] ?? null;
  }

  /** Settles when all that was accepted is done. */
  async idle(): Promise<void> {
    await this.#last;
  }

  /** @param lastId of the batch, which may hold more than these entries */
  accept(entries: readonly Entry[], lastId: StreamId): void {
    const { mustLoad, failed } = this.#options;
    let fed = 0;
    if (this.waiting === 0 && !entries.some(mustLoad)) {
      try {
        fed = this.#feed(entries, 0);
        if (fed === entries.length) return this.#done(lastId);
      } catch (error) {
        return failed(error);
      }
    }
    this.#timesMs.push(streamTimeMs(entries[fed]?.id ?? lastId));
    this.#last = this.#last
      .then(() => this.#process(entries, fed, lastId))
      .catch(failed)
      .finally(() => {
        this.#timesMs.shift();
      });
  }

  async #process(entries: readonly Entry[], fed: number, lastId: StreamId): Promise<void> {
    const { load, turns, stopped } = this.#options;
    if (stopped()) return;
    await load(entries);
    for (let next = this.#feed(entries, fed); next < entries.length; next = this.#feed(entries, next)) {
      this.#timesMs[0] = streamTimeMs(entries[next]?.id ?? lastId);
      await turns.next();
    }
    this.#done(lastId);
  }

  /** Where it was stopped, not all is fed: the next owner has to find it. */
  #done(lastId: StreamId): void {
    if (!this.#options.stopped()) this.#options.done(lastId);
  }

  /** Feeds entries while it is our turn. Returns the place of the first that has to wait. */
  #feed(entries: readonly Entry[], from: number): number {
    const { turns, feed, stopped } = this.#options;
    for (let i = from; i < entries.length; i++) {
      if (stopped()) return entries.length;
      if (turns.isOver()) return i;
      feed(entries[i] as Entry);
    }
    return entries.length;
  }
}
