import { sharedPostgresUrl } from '../test-environment.js';
import { startPostgres } from './start-postgres.js';
import { createDatabaseAt, type TestDatabase } from './test-database.js';

/** An empty database on the server that all tests of the run share; on a server of its own outside of a run. */
export async function createDatabase(): Promise<TestDatabase> {
  const shared = sharedPostgresUrl();
  if (shared !== undefined) return await createDatabaseAt(shared);
  const server = await startPostgres();
  try {
    const database = await server.createDatabase();
    return { ...database, drop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
