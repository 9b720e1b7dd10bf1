import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onFreePort } from '../net/free-port.js';
import type { ManagedProcess } from '../processes/managed-process.js';
import { type TempFolder, tempFolder } from '../temp-folder.js';
import { testRegistry } from '../test-environment.js';
import { SHARED_STATE_FOLDER } from './postgres-binaries.js';
import { type PostgresFolder, preparePostgresFolder, UnreachableFolderError } from './postgres-folder.js';
import { postgresServer, postgresUrl } from './postgres-server.js';
import { createDatabaseAt, type TestDatabase } from './test-database.js';

/** A PostgreSQL of its own for a test that kills or stops it; most tests share one, see `createDatabase`. */
export interface TestPostgres {
  /** Address of the database `postgres`. */
  readonly url: string;
  readonly port: number;
  readonly process: ManagedProcess;
  createDatabase(): Promise<TestDatabase>;
  stop(): Promise<void>;
}

const STOP_MS = 3_000;

/** Starts a PostgreSQL on a free port in a temporary folder, with settings that are fast and not durable. */
export async function startPostgres(config: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  const password = randomBytes(12).toString('base64url');
  const { place, folder } = await temporaryCluster(password);
  try {
    return await onFreePort(async (port) => {
      const process = postgresServer({
        folder,
        logFile: join(place.path, 'postgres.log'),
        port,
        durable: false,
        config,
        registry: testRegistry(),
      });
      await process.start();
      const url = postgresUrl(port, password, 'postgres');
      return {
        url,
        port,
        process,
        createDatabase: async () => await createDatabaseAt(url),
        stop: async () => {
          await process.stop(STOP_MS);
          await place.remove();
        },
      };
    });
  } catch (error) {
    await place.remove();
    throw error;
  }
}

async function temporaryCluster(password: string): Promise<{ place: TempFolder; folder: PostgresFolder }> {
  const place = await tempFolder('postgres');
  try {
    return { place, folder: await preparePostgresFolder(place.path, password, false) };
  } catch (error) {
    await place.remove();
    if (!(error instanceof UnreachableFolderError)) throw error;
  }
  // The folder for temporary files is a private one, below /root for example.
  mkdirSync(SHARED_STATE_FOLDER, { recursive: true, mode: 0o755 });
  const second = await tempFolder('postgres', SHARED_STATE_FOLDER);
  try {
    return { place: second, folder: await preparePostgresFolder(second.path, password, false) };
  } catch (error) {
    await second.remove();
    throw error;
  }
}
