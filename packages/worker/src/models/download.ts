import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Of } from './checksum.js';
import { ModelError } from './model-error.js';

export interface DownloadOptions {
  url: string;
  /** Where the file is put once it is whole and right; until then `<file>.part` holds what came. */
  file: string;
  bytes: number;
  sha256: string;
  /** Told how many bytes are there, those of an earlier try included. */
  progress?(bytes: number): void;
  signal?: AbortSignal | undefined;
  /** A connection that brings nothing for so long is given up. */
  stallMs?: number;
  /** Tries in a row that bring nothing new before the download is given up. */
  attempts?: number;
  /** Pause after the first of those; it doubles. */
  pauseMs?: number;
}

const STALL_MS = 30_000;
const ATTEMPTS = 5;
const PAUSE_MS = 500;
const MAX_PAUSE_MS = 8_000;

/**
 * Downloads a file, going on where an earlier try, also of an earlier process, was broken off (HTTP Range), and
 * checks size and SHA-256 before it gets its name.
 *
 * @throws ModelError when the server refuses, keeps failing or has another file; the abort reason when aborted.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { url, file, bytes, sha256 } = options;
  const part = `${file}.part`;
  const resumed = (await sizeOf(part)) > 0;
  await fetchAll(options, part);
  const found = await sha256Of(createReadStream(part));
  if (found === sha256) return await rename(part, file);
  await rm(part);
  // What an earlier try left may be of another file: this one has to be had whole.
  if (resumed) return await download(options);
  throw new ModelError(
    `${url} is not the file that it should be: SHA-256 ${found} instead of ${sha256}, ${bytes} bytes`,
  );
}

async function fetchAll(options: DownloadOptions, part: string): Promise<void> {
  const { url, bytes, signal, attempts = ATTEMPTS, pauseMs = PAUSE_MS } = options;
  let failures = 0;
  for (;;) {
    const before = await sizeOf(part);
    if (before === bytes) return;
    if (before > bytes) await rm(part);
    try {
      await fetchSome(options, part, before > bytes ? 0 : before);
      failures = 0;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ModelError) throw error;
      failures = (await sizeOf(part)) > before ? 1 : failures + 1;
      if (failures >= attempts) {
        throw new ModelError(`${url} cannot be had: ${describe(error)}`, { cause: error });
      }
      await sleep(Math.min(MAX_PAUSE_MS, pauseMs * 2 ** (failures - 1)), undefined, { signal });
    }
  }
}

/** One request: adds what it brings to the part. Rejects with a ModelError when asking again is of no use. */
async function fetchSome(options: DownloadOptions, part: string, from: number): Promise<void> {
  const { url, bytes, signal, progress, stallMs = STALL_MS } = options;
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(new Error('nothing came')), stallMs);
  const until = signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]);
  try {
    const headers = { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
    const response = await fetch(url, { headers, signal: until });
    if (response.body === null || !response.ok) {
      await response.body?.cancel();
      if (response.status === 416) await rm(part, { force: true });
      const why = `the server answered ${response.status}`;
      throw mayPass(response.status) ? new Error(why) : new ModelError(`${url}: ${why}`);
    }
    // A server that knows no ranges sends the whole file.
    const append = response.status === 206;
    let have = append ? from : 0;
    const target = await open(part, append ? 'a' : 'w');
    try {
      for await (const data of response.body) {
        timer.refresh();
        have += data.length;
        if (have > bytes)
          throw new ModelError(`${url} is longer than the ${bytes} bytes that it should have`);
        await target.write(data);
        progress?.(have);
      }
    } finally {
      await target.close();
    }
    if (have < bytes) throw new Error(`the answer ended after ${have} of ${bytes} bytes`);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the same request may be answered otherwise a little later. */
function mayPass(status: number): boolean {
  return status >= 500 || status === 408 || status === 416 || status === 429;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** `fetch` hides the reason in the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
