import { Kysely, type Migration, Migrator, sql } from 'kysely';
import { PostgresJSDialect } from 'kysely-postgres-js';
import { createMissingDatabase } from './create-database.js';
import { MIGRATIONS } from './migrations/index.js';
import { type DatabaseSettings, postgresClient } from './postgres-client.js';
import { asStoreError, StoreError } from './store-error.js';

const OPTIONS = {
  // One that migrates, one that looks up what has been done.
  max: 2,
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 0,
  applicationName: 'tributary-migrate',
};

/**
 * Brings the database up to date, making it first where it is missing. Any number of processes may call this
 * at once: an advisory lock lets one work while the others wait, and all of it is one transaction. A schema
 * newer than this release is left alone, so that an old process can restart during a rolling upgrade.
 *
 * @returns the names of the migrations this call has run.
 * @throws StoreError
 */
export async function migrate(settings: DatabaseSettings): Promise<string[]> {
  await createMissingDatabase(settings, OPTIONS);
  const db = new Kysely<unknown>({
    dialect: new PostgresJSDialect({ postgres: postgresClient(settings, { ...OPTIONS, fetchTypes: true }) }),
  });
  const provider = { getMigrations: async () => ({ ...(await newerMigrations(db)), ...MIGRATIONS }) };
  try {
    const { error, results = [] } = await new Migrator({ db, provider }).migrateToLatest();
    if (error !== undefined) throw asMigrationError(error);
    return results.map((result) => result.migrationName);
  } finally {
    await db.destroy();
  }
}

/** Migrations of a later release that this database has had, as ones that do nothing. */
async function newerMigrations(db: Kysely<unknown>): Promise<Record<string, Migration>> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  const noop: Migration = { up: async () => undefined };
  return Object.fromEntries(rows.map(({ name }) => [name, noop]));
}

function asMigrationError(cause: unknown): StoreError {
  const { error } = asStoreError(cause);
  const { temporary, sqlState } = error;
  return new StoreError('migration_failed', error.message, {
    cause,
    temporary,
    ...(sqlState === null ? {} : { sqlState }),
  });
}
