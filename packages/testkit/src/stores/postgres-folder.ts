import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endChildren } from '../processes/child-record.js';
import { identify, isAlive } from '../processes/process-identity.js';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.js';
import { canReach, type PostgresUser, postgresUser } from './postgres-user.js';

const STOP_MS = 5_000;

/** A folder that holds a PostgreSQL database cluster, ready to be served. */
export interface PostgresFolder {
  readonly path: string;
  readonly dataPath: string;
  readonly user: PostgresUser | undefined;
  readonly binaries: PostgresBinaries;
  /** True when it was made just now. */
  readonly fresh: boolean;
}

/** The folder lies where PostgreSQL's user cannot get to. */
export class UnreachableFolderError extends Error {
  constructor(path: string) {
    super(`the user that PostgreSQL runs as cannot reach ${path}`);
    this.name = 'UnreachableFolderError';
  }
}

/**
 * Makes the database cluster when there is none, and clears away what a crash left: a server that is still
 * running, or a `postmaster.pid` that would keep the next one from starting.
 *
 * @param durable false in tests: nothing is forced to disk.
 * @throws UnreachableFolderError
 */
export async function preparePostgresFolder(
  path: string,
  password: string,
  durable: boolean,
): Promise<PostgresFolder> {
  const user = postgresUser();
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (user !== undefined) await chown(path, user.uid, user.gid);
  if (!canReach(path, user)) throw new UnreachableFolderError(path);
  const binaries = postgresBinaries(user);
  const dataPath = join(path, 'data');
  const fresh = !existsSync(join(dataPath, 'PG_VERSION'));
  if (fresh) await initialise(path, dataPath, binaries, user, password, durable);
  else await endPredecessor(dataPath);
  return { path, dataPath, user, binaries, fresh };
}

async function initialise(
  path: string,
  dataPath: string,
  binaries: PostgresBinaries,
  user: PostgresUser | undefined,
  password: string,
  durable: boolean,
): Promise<void> {
  // Made under another name: an interrupted start leaves no half-made cluster that looks like a whole one.
  const half = join(path, 'data.new');
  const passwordFile = join(path, 'password.new');
  await rm(half, { recursive: true, force: true });
  await rm(dataPath, { recursive: true, force: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
    await promisify(execFile)(
      binaries.initdb,
      [
        `--pgdata=${half}`,
        `--pwfile=${passwordFile}`,
        '--username=postgres',
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        ...(durable ? [] : ['--no-sync']),
      ],
      { cwd: path, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, ...user },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(half, dataPath);
}

async function endPredecessor(dataPath: string): Promise<void> {
  const pidFile = join(dataPath, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(await readFile(pidFile, 'utf8'), 10);
  const server = identify(pid);
  if (isAlive(server) && (await servesFolder(pid, dataPath))) {
    await endChildren([{ ...server, name: 'postgres', kind: 'store', stopSignal: 'SIGINT' }], STOP_MS);
  }
  await rm(pidFile, { force: true });
}

/** Whether a process is a PostgreSQL server of this folder, and not another one that got the same id. */
async function servesFolder(pid: number, dataPath: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').includes(dataPath);
  } catch {
    // The process is gone, or the system has no /proc: nothing to end.
    return false;
  }
}
