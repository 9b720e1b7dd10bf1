import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  builtFile,
  startRedis,
  type TempFolder,
  tempFolder,
  WORKSPACE_FOLDER,
  waitFor,
} from '@tributary/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentText } from '../../docs/committed-file.js';
import { ofKind, overlay, type Workload } from '../kubernetes/objects.js';
import { type BuiltStage, buildStages } from './build-stages.js';
import { parseDockerfile } from './parse-dockerfile.js';

const run = promisify(execFile);
const ROLES = ['gateway', 'router', 'worker'] as const;
const BUILD_MS = 480_000;

const stages = parseDockerfile(documentText('deploy/Dockerfile'));
let folder: TempFolder;
let built: ReadonlyMap<string, BuiltStage>;

beforeAll(async () => {
  folder = await tempFolder('images');
  const context = join(folder.path, 'context');
  await copyTree(context);
  await putModel(join(folder.path, 'models/models'));
  built = await buildStages(stages, context, folder.path);
}, BUILD_MS);

afterAll(async () => {
  await folder?.remove();
});

/** What a fresh clone would hold, changes that are not committed included. */
async function copyTree(target: string): Promise<void> {
  const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: WORKSPACE_FOLDER,
    maxBuffer: 16 * 1_048_576,
  });
  const wanted = stdout.split('\0').filter((path) => path.startsWith('packages/') || !path.includes('/'));
  for (const path of wanted.filter((each) => each !== '')) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    // Deleted, and not committed yet.
    await cp(join(WORKSPACE_FOLDER, path), join(target, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** The model that the tests of the recogniser fetch as well: its stage then finds it in its place. */
async function putModel(models: string): Promise<void> {
  const { stdout } = await run(process.execPath, [builtFile('worker', 'models/main.js'), 'pull']);
  const path = stdout.trim();
  await cp(path, join(models, basename(path)), { recursive: true });
}

async function runIn(stage: BuiltStage, command: readonly string[]): Promise<string> {
  const [, ...args] = command;
  const { stdout } = await run(process.execPath, [...args, '--check-config'], {
    cwd: join(stage.root, stage.workdir),
    env: { PATH: process.env.PATH, ...stage.environment },
  });
  return stdout;
}

test.each(ROLES)('the image of the %s starts its program with what it holds', async (role) => {
  const stage = built.get(role)!;
  expect(stage.command[0]).toBe('node');
  expect(await runIn(stage, stage.command)).toContain('usable');
});

test("the migration Job's command is in the router's image", async () => {
  const [job] = ofKind<Workload>(await overlay('prod'), 'Job');
  const container = job?.spec.template.spec.containers[0];
  expect(container?.image).toMatch(/^tributary\/router:/);
  expect(await runIn(built.get('router')!, container?.command ?? [])).toContain('usable');
});

test('there is a stage for every image that is deployed, and it runs as the user that the pods ask for', async () => {
  for (const { spec } of ofKind<Workload>(await overlay('prod'), 'Deployment'))
    for (const { image } of spec.template.spec.containers)
      expect(built.has(/^tributary\/(\w+):/.exec(image)?.[1] ?? '')).toBe(true);
  for (const { name, instructions } of stages.filter(({ name: each }) => each !== 'build')) {
    const users = instructions.filter((instruction) => instruction.name === 'USER');
    if (users.length > 0) expect(users.at(-1)?.argument, name).toBe('1000:1000');
  }
});

test('uWebSockets.js keeps the binaries of this Node on Linux, and no others', async () => {
  const files = await readdir(built.get('gateway')!.root, { recursive: true });
  const binaries = new Set(
    files.map((path) => /uws_\w+\.node$/.exec(path)?.[0] ?? '').filter((name) => name !== ''),
  );
  const abi = process.versions.node.startsWith('20.') ? process.versions.modules : '115';
  expect(binaries).toContain(`uws_linux_x64_${abi}.node`);
  for (const name of binaries) expect(name).toMatch(/^uws_linux_\w+_115\.node$/);
});

test("the worker's image holds a speech model, and recognises with it", async () => {
  const { root, workdir, environment, command } = built.get('worker')!;
  const redis = await startRedis();
  const worker = spawn(process.execPath, command.slice(1), {
    cwd: join(root, workdir),
    env: {
      PATH: process.env.PATH,
      ...environment,
      REDIS_URL: redis.url,
      ADMIN_PORT: '0',
      ENGINE: 'sherpa',
      ENGINE_PROCESSES: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(worker, 'exit');
  let log = '';
  worker.stdout.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  try {
    await waitFor(() => log.includes('"msg":"ready"'), { what: 'the worker', timeoutMs: 60_000 });
    expect(log).toContain('"engine":"sherpa"');
    expect(log).not.toContain('loudness');
    worker.kill();
    expect(await ended).toEqual([0, null]);
  } finally {
    worker.kill('SIGKILL');
    await redis.stop();
  }
});

test("the worker's image installs the recogniser that npm start does", async () => {
  const script = await readFile(join(WORKSPACE_FOLDER, 'scripts/debian.mjs'), 'utf8');
  const installed = stages
    .find(({ name }) => name === 'worker')
    ?.instructions.find(({ argument }) => argument.includes('apt-get'))?.argument;
  for (const name of ['libpocketsphinx3', 'pocketsphinx-en-us']) {
    expect(script).toContain(name);
    expect(installed).toContain(name);
  }
});
