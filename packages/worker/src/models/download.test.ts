import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempFolder } from '@tributary/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DownloadOptions, download } from './download.js';
import { FileServer } from './testing/file-server.js';

const content = randomBytes(300_000);
const sha256 = createHash('sha256').update(content).digest('hex');

let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: FileServer;
let options: DownloadOptions;
beforeEach(async () => {
  folder = await tempFolder('download');
  server = await new FileServer(content).start();
  const file = join(folder.path, 'a folder with spaces', 'model.tar.bz2');
  await mkdir(join(file, '..'));
  options = { url: server.url('model.tar.bz2'), file, bytes: content.length, sha256, pauseMs: 1 };
});
afterEach(async () => {
  await server.stop();
  await folder.remove();
});

const isThere = async () => (await readFile(options.file)).equals(content);
/** What came so far; the download has as much on the disk. */
const partBytes = async () => (await readFile(`${options.file}.part`).catch(() => '')).length;
const hasPart = () => existsSync(`${options.file}.part`);

test('brings the file and tells how far it is', async () => {
  const seen: number[] = [];
  await download({ ...options, progress: (bytes) => seen.push(bytes) });
  expect(await isThere()).toBe(true);
  expect(hasPart()).toBe(false);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(content.length);
});

test('goes on where the connection broke, as often as it brings something new', async () => {
  for (let i = 0; i < 8; i++) server.script.push({ breakAfterBytes: 20_000, holds: partBytes });
  await download({ ...options, attempts: 2 });
  expect(await isThere()).toBe(true);
  expect(server.ranges).toEqual(['', ...Array.from({ length: 8 }, (_, i) => `bytes=${20_000 * (i + 1)}-`)]);
});

test('goes on with what an earlier process left', async () => {
  await writeFile(`${options.file}.part`, content.subarray(0, 123_456));
  await download(options);
  expect(await isThere()).toBe(true);
  expect(server.ranges).toEqual(['bytes=123456-']);
});

test('starts over with a server that knows no ranges', async () => {
  server.script.push({ breakAfterBytes: 50_000 }, { ignoreRange: true });
  await download(options);
  expect(await isThere()).toBe(true);
});

test('what was left of another file is thrown away, and the file had whole', async () => {
  await writeFile(`${options.file}.part`, randomBytes(1_000));
  await download(options);
  expect(await isThere()).toBe(true);
  expect(server.ranges).toEqual(['bytes=1000-', '']);
});

test('a part that is longer than the file is thrown away', async () => {
  await writeFile(`${options.file}.part`, randomBytes(content.length + 1));
  await download(options);
  expect(await isThere()).toBe(true);
});

test('gives up a connection that brings nothing, and asks again', async () => {
  server.script.push({ stallAfterBytes: 10_000 });
  await download({ ...options, stallMs: 200 });
  expect(await isThere()).toBe(true);
  expect(server.ranges).toHaveLength(2);
});

test('a slow connection is not given up while it brings something', async () => {
  server.script.push({ pieces: 8, pauseMs: 150 });
  await download({ ...options, stallMs: 1_000 });
  expect(await isThere()).toBe(true);
  expect(server.ranges).toEqual(['']);
});

test('asks again after an error of the server, and gives up after so many in a row', async () => {
  server.script.push({ status: 503 }, { status: 429 });
  await download({ ...options, attempts: 3 });
  expect(await isThere()).toBe(true);
  server.script.push({ status: 500 }, { status: 502 }, { status: 503 });
  const other = { ...options, file: `${options.file}2`, attempts: 3 };
  await expect(download(other)).rejects.toThrow(/cannot be had: the server answered 503/);
});

test('a refusal is final at once', async () => {
  server.script.push({ status: 404 });
  await expect(download(options)).rejects.toThrow(/the server answered 404/);
  expect(server.ranges).toHaveLength(1);
});

test('another file gets no name, and leaves nothing to go on with', async () => {
  server.content = randomBytes(content.length);
  await expect(download(options)).rejects.toThrow(/not the file that it should be: SHA-256 [0-9a-f]{64}/);
  expect(existsSync(options.file)).toBe(false);
  expect(hasPart()).toBe(false);
});

test('a file without end is not written to the disk', async () => {
  server.content = randomBytes(5_000_000);
  await expect(download(options)).rejects.toThrow(/longer than the 300000 bytes/);
  expect((await readFile(`${options.file}.part`)).length).toBeLessThanOrEqual(content.length);
});

test('can be stopped, and keeps what came', async () => {
  server.script.push({ stallAfterBytes: 40_000 });
  const stop = new AbortController();
  const stopping = download({ ...options, signal: stop.signal });
  stopping.catch(() => undefined);
  await expect.poll(async () => await readFile(`${options.file}.part`).catch(() => '')).toHaveLength(40_000);
  stop.abort(new Error('enough'));
  await expect(stopping).rejects.toThrow('enough');
  await download(options);
  expect(server.ranges.at(-1)).toBe('bytes=40000-');
});
