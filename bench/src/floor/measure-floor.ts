import { arch, cpus, platform, release } from 'node:os';
import { startRedis } from '@tributary/testkit';
import { measureAppend, measureRawAppend } from './append-step.js';
import type { Bounds } from './bounds.js';
import { connectRedis } from './connect-redis.js';
import type { Cost } from './cost.js';
import { type FloorCosts, type FloorReport, floorReport, type Machine } from './floor-report.js';
import { measureJson } from './json-step.js';
import { measurePaced } from './paced-step.js';
import { measureRead } from './read-step.js';
import { measureSocket } from './socket-step.js';

export interface FloorOptions extends Bounds {
  readonly chunkBytes: number;
}

/** Each step runs so often, and the cheapest run counts: whatever else the machine does can only add to it. */
const RUNS = 3;
/** A rewrite of the append-only file in the middle of a step would count as that step's cost. */
const REDIS_CONFIG = { 'auto-aof-rewrite-percentage': '0' };

/**
 * Measures every step of the bare floor on this machine, one after another, with a Redis of its own.
 *
 * @param opened told how to stop what runs, for a signal that comes in between.
 */
export async function measureFloor(
  options: FloorOptions,
  say: (line: string) => void,
  opened: (stop: () => Promise<void>) => void = () => undefined,
): Promise<FloorReport> {
  const { chunkBytes } = options;
  const redis = await startRedis({ config: REDIS_CONFIG });
  opened(redis.stop);
  try {
    const share = { chunks: Math.ceil(options.chunks / RUNS), seconds: options.seconds / RUNS };
    const runs: FloorCosts[] = [];
    for (let run = 1; run <= RUNS; run++) {
      const step = async (title: string, work: () => Promise<Cost>): Promise<Cost> => {
        say(`run ${run} of ${RUNS}: ${title}`);
        return await work();
      };
      runs.push({
        socket: await step('uWebSockets.js', () => measureSocket(share, chunkBytes)),
        append: await step('XADD', () => measureAppend(redis.url, share, chunkBytes)),
        read: await step('XREADGROUP and XTRIM', () => measureRead(redis.url, share, chunkBytes)),
        rawAppend: await step('XADD by hand', () => measureRawAppend(redis.url, share, chunkBytes)),
        json: await step('JSON and base64', () => measureJson(share, chunkBytes)),
        paced: await step('all of it at the pace of people', () =>
          measurePaced(redis.url, share.seconds, chunkBytes),
        ),
      });
    }
    return floorReport(options, await describeMachine(redis.url), runs);
  } finally {
    await redis.stop();
  }
}

async function describeMachine(redisUrl: string): Promise<Machine> {
  const control = connectRedis(redisUrl);
  try {
    const info = await control.info('server');
    return {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      system: `${platform()} ${release()} ${arch()}`,
      node: process.version,
      redis: /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'unknown',
    };
  } finally {
    control.disconnect();
  }
}
