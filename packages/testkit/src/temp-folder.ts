import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guard } from './processes/guard.js';

/** A folder that goes away with `remove()`, or with this process, however that ends. */
export interface TempFolder {
  readonly path: string;
  remove(): Promise<void>;
}

export async function tempFolder(purpose: string, base = tmpdir()): Promise<TempFolder> {
  const path = await mkdtemp(join(base, `tributary-${purpose}-`));
  guard.watchFolder(path);
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 3 });
      guard.forgetFolder(path);
    },
  };
}
