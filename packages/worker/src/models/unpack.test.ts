import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { tempFolder } from '@tributary/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeArchive } from './testing/archives.js';
import { unpack } from './unpack.js';

let folder: Awaited<ReturnType<typeof tempFolder>>;
let out: string;
beforeEach(async () => {
  folder = await tempFolder('unpack');
  out = join(folder.path, 'out of it');
  await mkdir(out);
});
afterEach(() => folder.remove());

describe.each(['tar.bz2', 'whl'])('.%s', (kind) => {
  const archive = () => join(folder.path, `an archive.${kind}`);
  const bytes = randomBytes(200_000);

  test('takes what is wanted, under the name that we give it, and nothing else', async () => {
    await makeArchive(archive(), [
      { path: 'model/README.md', bytes: Buffer.from('hello') },
      { path: 'model/encoder.onnx', bytes },
      { path: 'model/other/encoder.onnx', bytes: Buffer.from('another') },
    ]);
    const wanted = new Map([
      ['model/encoder.onnx', 'encoder'],
      ['model/missing', 'missing'],
    ]);
    expect(await unpack(archive(), wanted, out)).toEqual(new Set(['model/encoder.onnx']));
    expect(await readdir(out)).toEqual(['encoder']);
    expect((await readFile(join(out, 'encoder'))).equals(bytes)).toBe(true);
  });

  test('members that try to get out of the folder write nothing', async () => {
    const evil = Buffer.from('evil');
    await makeArchive(archive(), [
      { path: 'model/link', linkTo: '..' },
      { path: 'model/link/escaped', bytes: evil },
      ...(kind === 'whl'
        ? []
        : [
            { path: '../escaped', bytes: evil },
            { path: join(out, 'absolute'), bytes: evil },
          ]),
      { path: 'tokens.txt', bytes: Buffer.from('good') },
    ]);
    await unpack(archive(), new Map([['tokens.txt', 'tokens.txt']]), out);
    expect(await readdir(out)).toEqual(['tokens.txt']);
    expect((await readdir(folder.path)).sort()).toEqual([`an archive.${kind}`, 'out of it'].sort());
  });

  test('a link in the place of a wanted file is refused', async () => {
    await makeArchive(archive(), [{ path: 'tokens.txt', linkTo: '/etc/passwd' }]);
    await expect(unpack(archive(), new Map([['tokens.txt', 't']]), out)).rejects.toThrow('is no plain file');
    expect(await readdir(out)).toEqual([]);
  });

  test('a broken archive is refused', async () => {
    const { bytes: size } = await makeArchive(archive(), [{ path: 'tokens.txt', bytes }]);
    await truncate(archive(), Math.floor(size / 2));
    await expect(unpack(archive(), new Map([['tokens.txt', 't']]), out)).rejects.toThrow(
      'cannot be unpacked',
    );
  });
});

test('a wheel whose names lead out of it is refused whole', async () => {
  const archive = join(folder.path, 'escape.whl');
  await makeArchive(archive, [{ path: '../escaped', bytes: Buffer.from('evil') }]);
  await expect(unpack(archive, new Map(), out)).rejects.toThrow('cannot be unpacked');
});
