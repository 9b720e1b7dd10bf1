import { Kysely } from 'kysely';
import type { Statements } from './connection-slot.js';
import { slotDialect } from './driver.js';
import { type DatabaseSettings, postgresClient } from './postgres-client.js';
import { type PoolReadings, SlotPool } from './slot-pool.js';
import type { Tables } from './tables.js';

export interface StoreOptions {
  /** Connections; `DB_POOL_SIZE` of the settings unless given. */
  poolSize?: number;
  connectTimeoutMs?: number;
  /** After which the server gives a statement up. */
  statementTimeoutMs?: number;
  /** After which we give up the server; longer than the statement's, which leaves the connection usable. */
  deadlineMs?: number;
  applicationName?: string;
  /** Is told of every statement. */
  statements?: Statements;
}

export type { Statements };

export interface Store {
  readonly db: Kysely<Tables>;
  readonly pool: PoolReadings;
  /** @throws StoreError when the server does not answer within `timeoutMs`. */
  ping(timeoutMs?: number): Promise<void>;
  /** Lets running statements finish for a few seconds; may be called twice. */
  close(): Promise<void>;
}

/**
 * The store of these settings. Nothing is connected yet: the first statement does that, and each later one
 * reconnects where it must, so that a store outlives any number of restarts of its server.
 *
 * @throws StoreError `invalid_settings`.
 */
export function openStore(settings: DatabaseSettings, options: StoreOptions = {}): Store {
  const { deadlineMs = 12_000 } = options;
  const slotOptions = {
    connectTimeoutMs: options.connectTimeoutMs ?? 3_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 10_000,
    applicationName: options.applicationName ?? 'tributary',
    statements: options.statements,
  };
  // Mistakes in the settings show here and not with the first statement; this client never connects.
  postgresClient(settings, { ...slotOptions, max: 1 });
  const pool = new SlotPool(settings, options.poolSize ?? settings.DB_POOL_SIZE, slotOptions);
  const db = new Kysely<Tables>({ dialect: slotDialect(pool, deadlineMs) });
  let closed: Promise<void> | null = null;
  return {
    db,
    pool,
    async ping(timeoutMs = 1_000) {
      const slot = await pool.acquire(timeoutMs);
      try {
        await slot.run('select 1', [], timeoutMs);
      } finally {
        pool.release(slot);
      }
    },
    close() {
      // Kysely destroys only what it has used; the pool is closed either way.
      closed ??= db.destroy().then(() => pool.close(0));
      return closed;
    },
  };
}
