import type { Redis } from 'ioredis';
import { type Bounds, mayGoOn, warmUpOf } from './bounds.js';
import { connectRedis } from './connect-redis.js';
import { addCosts, type Cost, NO_COST } from './cost.js';
import { measure, ownCpuMicros, redisCpuClock } from './cpu-clock.js';
import { sampleChunk, sampleHeader, streamKeys } from './sample-chunk.js';

const GROUP = 'floor';
/** Entries of one stream that a read may bring. */
const READ_COUNT = 8;
/** Entries of each stream in one round; they are written unmeasured. */
const ROUND_DEPTH = 128;
/** One stream is trimmed after so many chunks. */
const TRIM_EVERY_CHUNKS = 64;

type Reply = [Buffer, [Buffer, Buffer[]][]][] | null;

/** XREADGROUP with NOACK over all streams, an XTRIM now and then: CPU of the reader and of Redis. */
export async function measureRead(redisUrl: string, bounds: Bounds, chunkBytes: number): Promise<Cost> {
  const control = connectRedis(redisUrl, { enableAutoPipelining: true });
  const reader = connectRedis(redisUrl);
  const chunk = sampleChunk(chunkBytes);
  const keys = streamKeys();
  const clocks = { reader: ownCpuMicros, redis: redisCpuClock(control) };
  const run = async (limit: Bounds): Promise<Cost> => {
    let cost = NO_COST;
    while (mayGoOn(limit, cost.chunks, cost.wallMs)) {
      const left = limit.chunks - cost.chunks;
      await fill(control, keys, chunk, Math.min(ROUND_DEPTH, Math.ceil(left / keys.length)));
      cost = addCosts(cost, await measure(clocks, () => readAll(reader, keys, chunkBytes)));
    }
    return cost;
  };
  try {
    await Promise.all(keys.map((key) => control.xgroup('CREATE', key, GROUP, '0', 'MKSTREAM')));
    await run(warmUpOf(bounds));
    return await run(bounds);
  } finally {
    await control.unlink(keys);
    reader.disconnect();
    control.disconnect();
  }
}

async function fill(redis: Redis, keys: readonly string[], chunk: Buffer, depth: number): Promise<void> {
  for (let n = 0; n < depth; n++) {
    await Promise.all(keys.map((key) => redis.xadd(key, '*', 'h', sampleHeader(n), 'd', chunk)));
  }
}

/** Reads until nothing is left; returns how many chunks came. */
async function readAll(reader: Redis, keys: readonly string[], chunkBytes: number): Promise<number> {
  const news = keys.map(() => '>');
  const lastIds = new Map<string, string>();
  let chunks = 0;
  let trimmed = 0;
  let nextTrim = 0;
  for (;;) {
    const reply = (await reader.callBuffer(
      'XREADGROUP',
      'GROUP',
      GROUP,
      GROUP,
      'COUNT',
      READ_COUNT,
      'NOACK',
      'STREAMS',
      ...keys,
      ...news,
    )) as Reply;
    if (reply === null) return chunks;
    for (const [name, entries] of reply) {
      for (const [, fields] of entries) {
        if (fields[3]?.length !== chunkBytes) throw new Error('an entry came back with another length');
      }
      chunks += entries.length;
      const last = entries.at(-1);
      if (last !== undefined) lastIds.set(name.toString(), last[0].toString());
    }
    const trims: Promise<unknown>[] = [];
    for (; trimmed + TRIM_EVERY_CHUNKS <= chunks; trimmed += TRIM_EVERY_CHUNKS) {
      const key = keys[nextTrim++ % keys.length] as string;
      const id = lastIds.get(key);
      if (id !== undefined) trims.push(reader.xtrim(key, 'MINID', '~', id));
    }
    await Promise.all(trims);
  }
}
