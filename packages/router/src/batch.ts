import type { StoreRow } from '@tributary/shared/store';
import type { StoreWriter } from './store-writer.js';

/** The results of one read on their way to PostgreSQL, and the final results that wait for it. */
export class Batch {
  readonly #writer: StoreWriter | null;
  readonly #stores: Promise<void>[] = [];
  /** Sessions whose end is among the rows. */
  readonly ends: { sessionId: string; incarnation: string }[] = [];
  /** Publish the final results of those sessions. */
  readonly finals: (() => void)[] = [];

  /** @param writer null for results that are only delivered: their rows are read again when there is room for them */
  constructor(writer: StoreWriter | null) {
    this.#writer = writer;
  }

  /**
   * Hands rows to the writer at once, in the turn in which they were appended: whatever then becomes of the lease or
   * of Redis, what a client may have been given is stored, and a shard is healed only after it was.
   */
  store(rows: readonly StoreRow[]): void {
    if (rows.length === 0 || this.#writer === null) return;
    for (const row of rows) if (row.kind === 'end') this.ends.push(row);
    this.#stores.push(this.#writer.store(rows));
  }

  /** Settles when all rows are stored. */
  async stored(): Promise<void> {
    await Promise.all(this.#stores);
  }

  /** The same, or after so long. */
  async storedOr(patienceMs: number): Promise<void> {
    await Promise.race([this.stored(), new Promise((resolve) => setTimeout(resolve, patienceMs))]);
  }

  publishFinals(): void {
    for (const publish of this.finals) publish();
  }
}
