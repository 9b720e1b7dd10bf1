import { randomBytes } from 'node:crypto';
import postgres from 'postgres';

/** An empty database of its own. */
export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Drops it, also when somebody is still connected. */
  drop(): Promise<void>;
}

/** Creates a database with a random name on a server given by the address of one of its databases. */
export async function createDatabaseAt(serverUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    drop: async () => await execute(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
