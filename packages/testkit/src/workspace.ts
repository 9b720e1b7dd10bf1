import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's folder; `src` and `dist` lie equally deep, so this holds for both. */
export const WORKSPACE_FOLDER = fileURLToPath(new URL('../../../', import.meta.url));

/** Something that has to be built or bundled is not there. */
export class MissingFileError extends Error {
  constructor(path: string, advice: string) {
    super(`${path} is missing: ${advice}`);
    this.name = 'MissingFileError';
  }
}

/** Path of a built file of a workspace package, for example `builtFile('gateway', 'main.js')`. */
export function builtFile(packageName: string, file: string): string {
  const path = `${WORKSPACE_FOLDER}packages/${packageName}/dist/${file}`;
  if (!existsSync(path)) throw new MissingFileError(path, 'run `npm run build`');
  return path;
}

/** Path of a bundled recording or other test data. */
export function testdataFile(file: string): string {
  const path = `${WORKSPACE_FOLDER}testdata/${file}`;
  if (!existsSync(path)) throw new MissingFileError(path, 'it is part of the repository');
  return path;
}
