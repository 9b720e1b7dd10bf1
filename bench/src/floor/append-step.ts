import { type Bounds, mayGoOn, warmUpOf } from './bounds.js';
import { connectRedis } from './connect-redis.js';
import { addCosts, type Cost, NO_COST } from './cost.js';
import { measure, ownCpuMicros, redisCpuClock } from './cpu-clock.js';
import { RawConnection } from './raw-connection.js';
import { encodeCommand } from './resp.js';
import { sampleChunk, sampleHeader, streamKeys } from './sample-chunk.js';

/** Commands that travel together, as those of one turn of a gateway's event loop do. */
const PIPELINE = 64;
/** Streams are emptied, unmeasured, after so many chunks: memory stays bounded. */
const ROUND_CHUNKS = 10_240;

type Append = (keys: readonly string[], chunk: Buffer, n: number) => Promise<unknown>;

/** XADD through ioredis, commands of one turn pipelined: CPU of the client and of Redis. */
export async function measureAppend(redisUrl: string, bounds: Bounds, chunkBytes: number): Promise<Cost> {
  const client = connectRedis(redisUrl, { enableAutoPipelining: true });
  try {
    return await measureRounds(redisUrl, bounds, chunkBytes, (keys, chunk, n) =>
      Promise.all(keys.map((key) => client.xadd(key, '*', 'h', sampleHeader(n), 'd', chunk))),
    );
  } finally {
    client.disconnect();
  }
}

/** The same commands written to the socket by hand, all of a turn in one write; for comparison. */
export async function measureRawAppend(redisUrl: string, bounds: Bounds, chunkBytes: number): Promise<Cost> {
  const client = await RawConnection.open(redisUrl);
  try {
    return await measureRounds(redisUrl, bounds, chunkBytes, (keys, chunk, n) => {
      const commands = keys.map((key) => encodeCommand(['XADD', key, '*', 'h', sampleHeader(n), 'd', chunk]));
      return client.send(Buffer.concat(commands), commands.length);
    });
  } finally {
    client.close();
  }
}

async function measureRounds(
  redisUrl: string,
  bounds: Bounds,
  chunkBytes: number,
  append: Append,
): Promise<Cost> {
  const control = connectRedis(redisUrl);
  const chunk = sampleChunk(chunkBytes);
  const keys = streamKeys().slice(0, PIPELINE);
  const clocks = { client: ownCpuMicros, redis: redisCpuClock(control) };
  const run = async (limit: Bounds): Promise<Cost> => {
    let cost = NO_COST;
    while (mayGoOn(limit, cost.chunks, cost.wallMs)) {
      const wanted = Math.min(ROUND_CHUNKS, limit.chunks - cost.chunks);
      const round = await measure(clocks, async () => {
        let done = 0;
        for (; done < wanted; done += keys.length) await append(keys, chunk, done);
        return done;
      });
      await control.unlink(keys);
      cost = addCosts(cost, round);
    }
    return cost;
  };
  try {
    await run(warmUpOf(bounds));
    return await run(bounds);
  } finally {
    control.disconnect();
  }
}
