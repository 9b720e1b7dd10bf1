import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { ConnectionSlot } from './connection-slot.js';
import type { SlotPool } from './slot-pool.js';
import { StoreError } from './store-error.js';

const CHANGES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** How long a closing store lets running statements finish. */
const CLOSE_MS = 3_000;

class SlotConnection implements DatabaseConnection {
  readonly slot: ConnectionSlot;
  readonly #deadlineMs: number;

  constructor(slot: ConnectionSlot, deadlineMs: number) {
    this.slot = slot;
    this.#deadlineMs = deadlineMs;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = await this.slot.run(query.sql, query.parameters, this.#deadlineMs);
    const rows = Array.from(result) as Row[];
    return CHANGES.has(result.command) ? { rows, numAffectedRows: BigInt(result.count) } : { rows };
  }

  // biome-ignore lint/correctness/useYield: refused before the first row.
  async *streamQuery(): AsyncGenerator<never> {
    throw new StoreError('transaction_refused', 'nor cursors');
  }
}

/**
 * A Kysely driver for single statements over postgres.js, made to survive terminated backends, vanished
 * servers and cut networks: no `reserve()`, and no wait without an end. Waiting for a connection and running
 * a statement take at most `deadlineMs` each. Transactions are refused: whatever must happen together is one
 * statement.
 */
class SlotDriver implements Driver {
  readonly #pool: SlotPool;
  readonly #deadlineMs: number;

  constructor(pool: SlotPool, deadlineMs: number) {
    this.#pool = pool;
    this.#deadlineMs = deadlineMs;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return new SlotConnection(await this.#pool.acquire(this.#deadlineMs), this.#deadlineMs);
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection instanceof SlotConnection) this.#pool.release(connection.slot);
  }

  async beginTransaction(): Promise<void> {
    throw new StoreError('transaction_refused');
  }

  async commitTransaction(): Promise<void> {
    throw new StoreError('transaction_refused');
  }

  /** Kysely rolls back what it could not begin; there is nothing to do. */
  async rollbackTransaction(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.#pool.close(CLOSE_MS);
  }
}

/** Kysely's PostgreSQL dialect on that driver. */
export function slotDialect(pool: SlotPool, deadlineMs: number): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new SlotDriver(pool, deadlineMs),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}
