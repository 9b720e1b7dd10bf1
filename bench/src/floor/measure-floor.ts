import { arch, cpus, platform, release } from 'node:os';
import { startRedis } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { measureAppend, measureRawAppend } from './append-step.js';
import type { Bounds } from './bounds.js';
import type { Cost } from './cost.js';
import { floorReport, type FloorReport, type Machine } from './floor-report.js';
import { measureJson } from './json-step.js';
import { measureRead } from './read-step.js';
import { measureSocket } from './socket-step.js';

export interface FloorOptions extends Bounds {
  readonly chunkBytes: number;
}

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
    const step = async (title: string, measured: Promise<Cost>): Promise<Cost> => {
      say(`measuring ${title}`);
      return await measured;
    };
    const socket = await step('uWebSockets.js', measureSocket(options, chunkBytes));
    const append = await step('XADD with ioredis', measureAppend(redis.url, options, chunkBytes));
    const read = await step('XREADGROUP and XTRIM with ioredis', measureRead(redis.url, options, chunkBytes));
    const rawAppend = await step('XADD without a library', measureRawAppend(redis.url, options, chunkBytes));
    const json = await step('JSON and base64', measureJson(options, chunkBytes));
    const costs = { socket, append, read, rawAppend, json };
    return floorReport(options, await describeMachine(redis.url), costs);
  } finally {
    await redis.stop();
  }
}

async function describeMachine(redisUrl: string): Promise<Machine> {
  const control = new Redis(redisUrl);
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
