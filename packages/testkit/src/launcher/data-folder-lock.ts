import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { identify, isAlive, type ProcessIdentity } from '../processes/process-identity.js';

/** Another launcher is at work in the folder. */
export class FolderLockedError extends Error {
  constructor(folder: string, pid: number) {
    super(
      `${folder} is in use by a running Tributary (process ${pid}): stop it, or choose another --data folder`,
    );
    this.name = 'FolderLockedError';
  }
}

const MOST_TRIES = 10;

/**
 * Makes sure that one launcher at a time uses a data folder. What a launcher left that was killed is taken over.
 *
 * @returns gives the folder back.
 * @throws FolderLockedError
 */
export function lockFolder(folder: string): () => void {
  const path = `${folder}/launcher.pid`;
  const own = `${path}.${process.pid}`;
  const self = JSON.stringify(identify(process.pid));
  writeFileSync(own, self, { mode: 0o600 });
  try {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      if (tryLink(own, path)) return () => unlock(path, self);
      const holder = readHolder(path);
      if (holder !== undefined && isAlive(holder)) throw new FolderLockedError(folder, holder.pid);
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
  throw new Error(`${path} cannot be made: other launchers keep starting`);
}

/** Linking a file that is complete, other than writing one, shows nobody a half-written lock. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessIdentity>;
    if (typeof holder.pid !== 'number' || typeof holder.startTime !== 'string') return undefined;
    return { pid: holder.pid, startTime: holder.startTime };
  } catch (error) {
    // Given back in this moment, or not written by us: nobody holds it.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function unlock(path: string, self: string): void {
  const holder = readHolder(path);
  if (holder !== undefined && JSON.stringify(holder) === self) rmSync(path, { force: true });
}
