import postgres from 'postgres';
import { type ClientOptions, type DatabaseSettings, postgresClient } from './postgres-client.js';
import { asStoreError, StoreError } from './store-error.js';

const NO_SUCH_DATABASE = '3D000';
const NOT_ALLOWED = '42501';
/** Another starter was quicker: the name exists, or its row was just being written. */
const ALREADY_THERE = new Set(['42P04', '23505']);

/**
 * Makes the settings' database where it is missing and the user may. Several processes may do so at once.
 *
 * @throws StoreError `connection_failed`, `invalid_settings` where the database is missing and cannot be made.
 */
export async function createMissingDatabase(
  settings: DatabaseSettings,
  options: ClientOptions,
): Promise<void> {
  const target = postgresClient(settings, { ...options, max: 1 });
  const { database } = target.options;
  try {
    await target`select 1`;
  } catch (cause) {
    if (!(cause instanceof postgres.PostgresError) || cause.code !== NO_SUCH_DATABASE) {
      throw asStoreError(cause).error;
    }
    await createDatabase(settings, options, database);
  } finally {
    await target.end({ timeout: 1 });
  }
}

async function createDatabase(
  settings: DatabaseSettings,
  options: ClientOptions,
  name: string,
): Promise<void> {
  const quoted = quoteName(name);
  const maintenance = postgresClient(settings, { ...options, max: 1, database: 'postgres' });
  try {
    // Nobody can be connected to template0, so that two starters do not disturb each other.
    await maintenance.unsafe(`create database ${quoted} encoding 'UTF8' template template0`);
  } catch (cause) {
    const state = cause instanceof postgres.PostgresError ? cause.code : '';
    if (ALREADY_THERE.has(state)) return;
    if (state !== NOT_ALLOWED) throw asStoreError(cause).error;
    throw new StoreError(
      'invalid_settings',
      `the database ${quoted} does not exist and this user may not create it`,
      { cause, sqlState: state },
    );
  } finally {
    await maintenance.end({ timeout: 1 });
  }
}

/** A name as an SQL identifier. @throws StoreError `invalid_settings` for a name PostgreSQL would cut or refuse. */
function quoteName(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > 63 || name.includes('\0')) {
    throw new StoreError('invalid_settings', 'a database name has 1 to 63 bytes');
  }
  return `"${name.replaceAll('"', '""')}"`;
}
