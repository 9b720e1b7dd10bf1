/** What was handed to Redis and is not acknowledged to the client yet. */
export interface LedgerEntry {
  /** Place within the gateway epoch. */
  readonly n: number;
  /** null for the session's finish. */
  readonly chunkIndex: number | null;
  readonly bytes: number;
  /** Came as a binary frame: acknowledged cumulatively. */
  readonly binary: boolean;
  /** When it was taken, by `performance.now()`. */
  readonly at: number;
}

/**
 * Numbers the entries of one gateway epoch and says which may be acknowledged: those that Redis has confirmed and
 * all of whose predecessors it has confirmed too. Pure.
 */
export class ChunkLedger<Entry extends LedgerEntry> {
  #firstOpen = 0;
  /** Those in flight, and what was confirmed behind them: from `#firstOpen` on, without holes. */
  readonly #entries: Entry[] = [];
  readonly #confirmed = new Set<number>();
  #bytes = 0;

  /** Bytes in flight. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries in flight. */
  get size(): number {
    return this.#entries.length;
  }

  /** Place of the next entry. */
  get next(): number {
    return this.#firstOpen + this.#entries.length;
  }

  /** Takes the entry with the next `n`. */
  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
  }

  /** Redis confirmed an entry. Returns what may be acknowledged now, in order. */
  confirm(n: number): Entry[] {
    if (n < this.#firstOpen || n >= this.next) return [];
    if (n !== this.#firstOpen) {
      this.#confirmed.add(n);
      return [];
    }
    const ready = [this.#takeFirst()];
    // Mostly nothing waits: Redis answers in order.
    while (this.#confirmed.size > 0 && this.#confirmed.delete(this.#firstOpen)) ready.push(this.#takeFirst());
    return ready;
  }

  #takeFirst(): Entry {
    const entry = this.#entries.shift() as Entry;
    this.#bytes -= entry.bytes;
    this.#firstOpen++;
    return entry;
  }

  /** True while an entry is on its way to Redis. */
  isInFlight(n: number): boolean {
    return n >= this.#firstOpen && n < this.next && !this.#confirmed.has(n);
  }

  /** What is on its way to Redis, in order. */
  inFlight(): Entry[] {
    return this.#entries.filter(({ n }) => !this.#confirmed.has(n));
  }
}
