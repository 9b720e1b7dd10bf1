import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '@tributary/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../dist/models/main.js', import.meta.url));

let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeAll(async () => {
  folder = await tempFolder('model command');
});
afterAll(() => folder.remove());

interface Ended {
  code: number;
  out: string;
  err: string;
}

/** Runs the built command with an empty folder of models. */
function model(...args: string[]): Promise<Ended> {
  const env = { ...process.env, MODELS_DIR: folder.path };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { env }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

test('helps', async () => {
  for (const args of [['--help'], ['--', '--help']]) {
    const { code, out } = await model(...args);
    expect(code).toBe(0);
    for (const word of ['list', 'pull', 'path', 'MODELS_DIR']) expect(out).toContain(word);
  }
  expect((await model('pull', '--help')).out).toContain('--timeout');
});

test('lists', async () => {
  const { code, out } = await model('list');
  expect(code).toBe(0);
  expect(out).toMatch(/^moonshine-tiny-en +en +no +85 MB +MIT +no +en$/m);
});

test('says where models are, and what to do about one that is not', async () => {
  expect(await model('path')).toEqual({ code: 0, out: `${folder.path}\n`, err: '' });
  expect((await model('path', '--any')).code).toBe(1);
  const away = await model('path', 'sense-voice');
  expect(away).toMatchObject({ code: 1, out: '' });
  expect(away.err).toContain('npm run model -- pull sense-voice');
  await mkdir(join(folder.path, 'own'));
  await writeFile(join(folder.path, 'own', 'model.json'), '{}');
  expect((await model('path', 'own')).out).toBe(`${join(folder.path, 'own')}\n`);
  expect((await model('path', '--any')).code).toBe(0);
});

test('refuses what it does not know', async () => {
  const { code, err } = await model('pull', 'no-such-model');
  expect(code).toBe(1);
  expect(err).toMatch(/^tributary: there is no model no-such-model; there are: /);
  expect((await model('pull', '--timeout', 'soon')).code).toBe(1);
  expect((await model('frobnicate')).code).toBe(1);
});
