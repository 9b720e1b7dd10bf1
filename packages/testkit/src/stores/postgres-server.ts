import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ManagedProcess } from '../processes/managed-process.js';
import type { ProcessRegistry } from '../processes/process-registry.js';
import type { PostgresFolder } from './postgres-folder.js';

export interface PostgresSettings {
  readonly folder: PostgresFolder;
  readonly logFile: string;
  readonly port: number;
  /** False in tests: a crash of the machine may lose data, a crash of PostgreSQL does not. */
  readonly durable: boolean;
  readonly config?: Readonly<Record<string, string>> | undefined;
  readonly registry?: ProcessRegistry | undefined;
}

const START_TIMEOUT_MS = 60_000;
const STATUS_LINE = 7;

/** A private PostgreSQL that listens on the loopback address only. */
export function postgresServer(settings: PostgresSettings): ManagedProcess {
  const { folder, port } = settings;
  const config: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '300',
    shared_buffers: '64MB',
    log_checkpoints: 'off',
    ...(settings.durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...settings.config,
  };
  return new ManagedProcess({
    name: 'postgres',
    kind: 'store',
    command: folder.binaries.postgres,
    args: [
      '-D',
      folder.dataPath,
      '-p',
      String(port),
      ...Object.entries(config).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    cwd: folder.path,
    logFile: settings.logFile,
    // Ends the sessions of clients instead of waiting for them.
    stopSignal: 'SIGINT',
    startTimeoutMs: START_TIMEOUT_MS,
    ready: async (pid) => ((await isServing(folder.dataPath, pid)) ? port : undefined),
    user: folder.user,
    registry: settings.registry,
  });
}

/** PostgreSQL tells its state in its pid file. */
async function isServing(dataPath: string, pid: number): Promise<boolean> {
  try {
    const lines = (await readFile(join(dataPath, 'postmaster.pid'), 'utf8')).split('\n');
    return lines[0] === String(pid) && lines[STATUS_LINE]?.trim() === 'ready';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** The address of a database of a private server. */
export function postgresUrl(port: number, password: string, database: string): string {
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}
