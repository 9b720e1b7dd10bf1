import postgres from 'postgres';
import type { z } from 'zod';
import type { databaseSettings } from '../config/settings.js';
import type { Addresses } from './open-socket.js';
import { StoreError } from './store-error.js';

export type DatabaseSettings = Readonly<z.infer<z.ZodObject<typeof databaseSettings>>>;

export interface ClientOptions {
  /** Connections. */
  max: number;
  /** Instead of the settings' database. */
  database?: string;
  connectTimeoutMs: number;
  /** 0 for none. */
  statementTimeoutMs: number;
  applicationName: string;
  /** `reserve()` hangs on a fresh connection of postgres.js 3.4.9 unless it looks types up first. */
  fetchTypes?: boolean;
  /** Opens the connections instead of the library. */
  socket?: (addresses: Addresses) => Promise<unknown>;
}

/** `bigint` columns hold counts and sizes, which fit a number; one that does not is an error, not a guess. */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('a bigint is too large for a number');
  return value;
}

const BIGINT = { to: 20, from: [20], serialize: String, parse: safeInteger };

/**
 * A client of postgres.js for these settings; it connects when first used. `bigint` comes as number, times as
 * `Date`, arrays only as text (`array-literal.ts` writes them), so that no type has to be looked up on connect.
 *
 * @throws StoreError `invalid_settings`, without the URL, which holds a password.
 */
export function postgresClient(settings: DatabaseSettings, options: ClientOptions): postgres.Sql {
  const { DATABASE_URL: url } = settings;
  const connection: Record<string, string | number> = {
    application_name: options.applicationName,
    TimeZone: 'UTC',
  };
  if (options.statementTimeoutMs > 0) connection.statement_timeout = options.statementTimeoutMs;
  const common = {
    max: options.max,
    connect_timeout: Math.max(1, Math.ceil(options.connectTimeoutMs / 1_000)),
    // The library's own grows to 20 s.
    backoff: () => 0.1,
    // One statement at a time on each connection: none waits behind another's deadline.
    max_pipeline: 0,
    keep_alive: 30,
    fetch_types: options.fetchTypes ?? false,
    types: { bigint: BIGINT },
    onnotice: () => undefined,
    connection,
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(options.socket === undefined ? {} : { socket: options.socket }),
  };
  const described = {
    host: settings.DB_HOST,
    port: settings.DB_PORT,
    user: settings.DB_USER,
    password: settings.DB_PASSWORD,
    database: settings.DB_NAME,
    ...common,
  };
  try {
    return url === undefined ? postgres(described) : postgres(url, common);
  } catch {
    throw new StoreError('invalid_settings', 'DATABASE_URL is not a postgres:// address');
  }
}
