import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** PostgreSQL refuses to run as root; this is the user it runs as instead. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

const USER_NAME = 'postgres';

/** The user to run PostgreSQL as; undefined when we are not root and it runs as ourselves. Makes the user when missing. */
export function postgresUser(): PostgresUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return findUser() ?? makeUser();
}

function findUser(): PostgresUser | undefined {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === USER_NAME) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

function makeUser(): PostgresUser {
  try {
    execFileSync(
      '/usr/sbin/useradd',
      ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', USER_NAME],
      {
        stdio: 'pipe',
      },
    );
  } catch (cause) {
    // Somebody else may have made it at the same moment: then it is there now.
    const user = findUser();
    if (user !== undefined) return user;
    throw new Error(`PostgreSQL does not run as root, and the user ${USER_NAME} could not be made for it`, {
      cause,
    });
  }
  const user = findUser();
  if (user === undefined) throw new Error(`useradd made no user ${USER_NAME}`);
  return user;
}

/** Whether that user can get to a folder or file, all folders above it included; asked of the system itself. */
export function canReach(path: string, user: PostgresUser | undefined): boolean {
  if (user === undefined) return true;
  return spawnSync('/usr/bin/test', ['-x', path], { ...user, cwd: '/' }).status === 0;
}
