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
    const numbered = { ...entry, n: this.#next++ };
    this.#entries.set(numbered.n, numbered);
    this.#bytes += entry.bytes;
    return numbered;
  }

  /** Redis confirmed an entry. Returns what may be acknowledged now, in order. */
  confirm(n: number): LedgerEntry[] {
    if (!this.#entries.has(n)) return [];
    this.#confirmed.add(n);
    const ready: LedgerEntry[] = [];
    while (this.#confirmed.delete(this.#firstOpen)) {
      const entry = this.#entries.get(this.#firstOpen) as LedgerEntry;
      this.#entries.delete(this.#firstOpen);
      this.#bytes -= entry.bytes;
      this.#firstOpen++;
      ready.push(entry);
    }
    return ready;
  }

  /** True while an entry is on its way to Redis. */
  isInFlight(n: number): boolean {
    return this.#entries.has(n) && !this.#confirmed.has(n);
  }
}
