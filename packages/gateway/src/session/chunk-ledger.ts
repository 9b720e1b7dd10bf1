/** What was handed to Redis and is not acknowledged to the client yet. */
export interface LedgerEntry {
  /** Place within the gateway epoch. */
  n: number;
  /** null for the session's finish. */
  chunkIndex: number | null;
  bytes: number;
  /** Came as a binary frame: acknowledged cumulatively. */
  binary: boolean;
  /** When it was taken, by `performance.now()`. */
  at: number;
}

/**
 * Numbers the entries of one gateway epoch and says which may be acknowledged: those that Redis has confirmed and
 * all of whose predecessors it has confirmed too. Pure.
 */
export class ChunkLedger {
  #next = 0;
  #firstOpen = 0;
  #entries = new Map<number, LedgerEntry>();
  readonly #confirmed = new Set<number>();
  #bytes = 0;

  /** Bytes in flight. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries in flight. */
  get size(): number {
    return this.#entries.size;
  }

  /** Takes the next `n` for an entry. */
  add(entry: Omit<LedgerEntry, 'n'>): LedgerEntry {
    const { chunkIndex, bytes, binary, at } = entry;
    const numbered = { n: this.#next++, chunkIndex, bytes, binary, at };
    this.#entries.set(numbered.n, numbered);
    this.#bytes += bytes;
    return numbered;
  }

  /** Redis confirmed an entry. Returns what may be acknowledged now, in order. */
  confirm(n: number): LedgerEntry[] {
    if (!this.#entries.has(n)) return [];
    if (n !== this.#firstOpen) {
      this.#confirmed.add(n);
      return [];
    }
    const ready = [this.#takeFirst()];
    // Mostly nothing waits: Redis answers in order.
    while (this.#confirmed.size > 0 && this.#confirmed.delete(this.#firstOpen)) ready.push(this.#takeFirst());
    return ready;
  }

  #takeFirst(): LedgerEntry {
    const entry = this.#entries.get(this.#firstOpen) as LedgerEntry;
    this.#entries.delete(this.#firstOpen);
    this.#bytes -= entry.bytes;
    this.#firstOpen++;
    return entry;
  }

  /** True while an entry is on its way to Redis. */
  isInFlight(n: number): boolean {
    return this.#entries.has(n) && !this.#confirmed.has(n);
  }
}
