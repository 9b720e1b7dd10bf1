import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Stage } from './parse-dockerfile.js';

const run = promisify(execFile);

/** A stage that was built: a folder that stands for its root, and where its work goes on in there. */
export interface BuiltStage {
  readonly root: string;
  workdir: string;
  /** Values that are paths lie below `root`. */
  readonly environment: Record<string, string>;
  /** What it can be built with; gone afterwards. */
  readonly defaults: Record<string, string>;
  command: readonly string[];
}

/**
 * Carries out the stages of a Dockerfile in folders instead of images: COPY, RUN, WORKDIR, ENV and CMD. What installs
 * packages of the system is left out: it would change this machine.
 *
 * @param context the tree to build, with nothing in it that is ignored
 */
export async function buildStages(
  stages: readonly Stage[],
  context: string,
  folder: string,
): Promise<ReadonlyMap<string, BuiltStage>> {
  const built = new Map<string, BuiltStage>();
  for (const { name, base, instructions } of stages) {
    const parent = built.get(base);
    const stage: BuiltStage = {
      root: join(folder, name),
      workdir: parent?.workdir ?? '/',
      environment: { ...parent?.environment },
      defaults: {},
      command: parent?.command ?? [],
    };
    await mkdir(stage.root, { recursive: true });
    if (parent !== undefined) await link(parent.root, stage.root);
    for (const { name: kind, argument } of instructions)
      await carryOut(kind, argument, stage, built, context);
    built.set(name, stage);
  }
  return built;
}

async function carryOut(
  kind: string,
  argument: string,
  stage: BuiltStage,
  built: ReadonlyMap<string, BuiltStage>,
  context: string,
): Promise<void> {
  const here = join(stage.root, stage.workdir);
  switch (kind) {
    case 'WORKDIR':
      stage.workdir = argument;
      await mkdir(join(stage.root, argument), { recursive: true });
      return;
    case 'ARG': {
      const [name, value] = assignment(argument);
      stage.defaults[name] = value;
      return;
    }
    case 'ENV': {
      const [name, value] = assignment(argument);
      stage.environment[name] = value.startsWith('/') ? join(stage.root, value) : value;
      return;
    }
    case 'CMD':
      stage.command = JSON.parse(argument) as string[];
      return;
    case 'COPY':
      return await copy(argument.split(' '), stage, built, context);
    case 'RUN':
      if (argument.includes('apt-get')) return;
      await run('sh', ['-ec', argument], {
        cwd: here,
        env: { PATH: process.env.PATH, HOME: process.env.HOME, ...stage.defaults, ...stage.environment },
        maxBuffer: 64 * 1_048_576,
      });
      return;
    case 'USER':
    case 'EXPOSE':
      return;
    default:
      throw new Error(`${kind} is not known here`);
  }
}

/** `NAME=value` or `NAME="value"`. */
function assignment(argument: string): [string, string] {
  const [, name = '', value = ''] = /^(\w+)="?([^"]*)"?$/.exec(argument) ?? [];
  return [name, value];
}

async function copy(
  words: readonly string[],
  stage: BuiltStage,
  built: ReadonlyMap<string, BuiltStage>,
  context: string,
): Promise<void> {
  const from = words[0]?.startsWith('--from=') ? words[0].slice('--from='.length) : undefined;
  const [target = '', ...sources] = words.slice(from === undefined ? 0 : 1).reverse();
  const root = from === undefined ? context : built.get(from)?.root;
  if (root === undefined) throw new Error(`no stage ${from}`);
  const here = target.startsWith('/') ? stage.root : join(stage.root, stage.workdir);
  for (const source of sources.reverse()) {
    // A folder's contents are copied, a file goes into a folder whose name ends with a slash.
    const inFolder = target.endsWith('/') && from === undefined;
    const to = inFolder ? join(here, target, basename(source)) : join(here, target);
    if (from === undefined) await cp(join(root, source), to, { recursive: true, verbatimSymlinks: true });
    else await link(join(root, source), to);
  }
}

/** A copy of a folder's contents whose files are links: nothing here changes a file that it has copied. */
async function link(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await run('cp', ['-RpPl', `${from}/.`, to]);
}
