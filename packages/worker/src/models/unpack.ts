import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Extract, extract } from 'tar-stream';
import unbzip2 from 'unbzip2-stream';
import yauzl from 'yauzl';
import { ModelError } from './model-error.js';

/** Path inside of the archive → name of the file that it becomes. Anything else in the archive is passed over. */
export type Wanted = ReadonlyMap<string, string>;

/** No file of a model is larger; what claims to be is not written to the disk. */
const MAX_FILE_BYTES = 4 * 1024 ** 3;

/**
 * Takes files out of a `.tar.bz2` or a zip (a wheel is one). Names in the archive decide nothing: only files that are
 * wanted by their exact path are written, each to the name given here, and only if they are plain files.
 *
 * @returns the wanted paths that were there.
 * @throws ModelError when the archive cannot be read, or a wanted member is no plain file or too large.
 */
export async function unpack(
  archive: string,
  wanted: Wanted,
  folder: string,
  signal?: AbortSignal,
): Promise<Set<string>> {
  const found = new Set<string>();
  const take = async (path: string, isFile: boolean, bytes: number, open: () => Promise<Readable>) => {
    const name = wanted.get(path);
    if (name === undefined) return false;
    if (!isFile) throw new ModelError(`${path} in ${archive} is no plain file`);
    if (bytes > MAX_FILE_BYTES) throw new ModelError(`${path} in ${archive} is too large`);
    // Never over a file that is already there: a second member of the same path is a mistake.
    await pipeline(
      await open(),
      atMost(MAX_FILE_BYTES),
      createWriteStream(join(folder, name), { flags: 'wx' }),
      {
        ...(signal && { signal }),
      },
    );
    found.add(path);
    return true;
  };
  try {
    await (archive.endsWith('.tar.bz2') ? unpackTar(archive, take) : unpackZip(archive, take));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ModelError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new ModelError(`${archive} cannot be unpacked: ${why}`, { cause: error });
  }
  return found;
}

/** Writes a member when it is wanted; false when it is not. */
type Take = (path: string, isFile: boolean, bytes: number, open: () => Promise<Readable>) => Promise<boolean>;

async function unpackTar(archive: string, take: Take): Promise<void> {
  const entries = extract();
  const raw = createReadStream(archive);
  const taking = (async () => {
    // Leaving the loop early, by an error, destroys `entries`.
    for await (const entry of entries) {
      const { name, type, size = 0 } = entry.header;
      const taken = await take(name.replace(/^\.\//, ''), type === 'file', size, async () =>
        Readable.from(entry),
      );
      if (!taken) entry.resume();
    }
  })();
  try {
    await Promise.all([decompress(raw, entries), taking]);
  } finally {
    raw.destroy();
  }
}

/** By hand: the decompressor and the tar reader are both streams of other kinds than `pipeline` knows. */
async function decompress(raw: Readable, entries: Extract): Promise<void> {
  const decompressed = new PassThrough();
  const fail = (error: Error): void => void decompressed.destroy(error);
  raw.once('error', fail).pipe(unbzip2()).once('error', fail).pipe(decompressed);
  for await (const data of decompressed) {
    if (entries.destroyed) return;
    if (!entries.write(data)) await moreOrClosed(entries);
  }
  entries.end(undefined);
}

function moreOrClosed(entries: Extract): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      entries.off('drain', done).off('close', done);
      resolve();
    };
    entries.on('drain', done).on('close', done);
  });
}

async function unpackZip(archive: string, take: Take): Promise<void> {
  const zip = await yauzl.openPromise(archive, { strictFileNames: true });
  try {
    for await (const entry of zip.eachEntry()) {
      const mode = entry.externalFileAttributes >>> 16;
      const isFile = !entry.fileName.endsWith('/') && [0, 0o100000].includes(mode & 0o170000);
      await take(entry.fileName, isFile, entry.uncompressedSize, () => zip.openReadStreamPromise(entry));
    }
  } finally {
    zip.close();
  }
}

/** Sizes in an archive may lie. */
function atMost(bytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(data: Buffer, _, done) {
      seen += data.length;
      done(seen > bytes ? new ModelError('a file in the archive is too large') : null, data);
    },
  });
}
