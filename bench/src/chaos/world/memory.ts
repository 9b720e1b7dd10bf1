import { connectCommands, createLogger, keys, masters } from '@tributary/shared';
import type { Cluster } from '@tributary/testkit';
import { residentBytes } from './processes.js';

/** What everything holds on to at one moment, in bytes. */
export interface Memory {
  readonly gateways: number;
  readonly routers: number;
  readonly workers: number;
  readonly redis: number;
  /** Entries in the streams of audio and results: what somebody still has to deal with. */
  readonly streamEntries: number;
}

/** @param shardCount how many shards the cluster has */
export async function measureMemory(cluster: Cluster, redisUrl: string, shardCount: number): Promise<Memory> {
  const sum = (list: Cluster['gateways']): number =>
    list.reduce((total, { pid }) => total + residentBytes(pid), 0);
  return {
    gateways: sum(cluster.gateways),
    routers: sum(cluster.routers),
    workers: sum(cluster.workers),
    ...(await askRedis(redisUrl, shardCount)),
  };
}

async function askRedis(url: string, shardCount: number): Promise<Pick<Memory, 'redis' | 'streamEntries'>> {
  const logger = createLogger({ level: 'silent', role: 'chaos', instance: 'memory' });
  const redis = connectCommands({ url, name: 'chaos', logger });
  try {
    // Also brings the map of a cluster, without which its masters are not known.
    let streamEntries = 0;
    for (let shard = 0; shard < shardCount; shard++) {
      streamEntries += (await redis.xlen(keys.audio(shard))) + (await redis.xlen(keys.results(shard)));
    }
    const infos = await Promise.all(masters(redis).map(async (master) => await master.info('memory')));
    const used = infos.map((info) => Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0));
    return { redis: used.reduce((a, b) => a + b, 0), streamEntries };
  } finally {
    redis.disconnect();
  }
}
