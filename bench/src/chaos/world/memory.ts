import { connectCommands, createLogger, keys, masters } from '@tributary/shared';
import { type Cluster, type HeldMemory, inspectMemory, type ServiceProcess } from '@tributary/testkit';

/** What one service holds, in bytes. */
export interface ProcessMemory extends HeldMemory {
  readonly name: string;
}

/** What everything holds on to at one moment, in bytes. */
export interface Memory {
  readonly processes: readonly ProcessMemory[];
  readonly redis: number;
  /** Entries in the streams of audio and results: what somebody still has to deal with. */
  readonly streamEntries: number;
}

/** @param shardCount how many shards the cluster has */
export async function measureMemory(cluster: Cluster, redisUrl: string, shardCount: number): Promise<Memory> {
  const processes: ProcessMemory[] = [];
  // One after the other: all at once they would stop answering Redis together.
  for (const service of [...cluster.gateways, ...cluster.routers, ...cluster.workers]) {
    processes.push(await inspect(service));
  }
  return { processes, ...(await measureRedis(redisUrl, shardCount)) };
}

async function inspect(service: ServiceProcess): Promise<ProcessMemory> {
  return { name: service.name, ...(await inspectMemory(service)) };
}

/** What Redis holds, and how much of it is still to be dealt with. */
export async function measureRedis(
  url: string,
  shardCount: number,
): Promise<Pick<Memory, 'redis' | 'streamEntries'>> {
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
