import { freePort } from '../net/free-port.js';
import type { ManagedProcess } from '../processes/managed-process.js';
import { waitFor } from '../wait-for.js';
import { infoField, RedisGroup, withRedis } from './redis-group.js';

/** A Redis Cluster whose masters have a replica each. */
export interface TestRedisCluster {
  /** As `REDIS_URL` wants it. */
  readonly url: string;
  readonly nodes: readonly ManagedProcess[];
  /** The nodes that are masters now. */
  masters(): Promise<ManagedProcess[]>;
  /** Kills a node with `kill -9` and waits for nothing. */
  kill(node: ManagedProcess): Promise<void>;
  /** Kills a master with `kill -9`, waits until its replica has taken over and tells how long that took, in ms. */
  failover(master?: ManagedProcess): Promise<number>;
  /** A replica takes over from its master in good order; tells how long that took, in ms. */
  switchOver(): Promise<number>;
  logs(): string;
  stop(): Promise<void>;
}

export interface TestRedisClusterOptions {
  /** Further settings of the servers by name. */
  readonly config?: Readonly<Record<string, string>>;
}

const MASTERS = 3;
const SLOTS = 16_384;
const NODE_TIMEOUT_MS = 1_000;
const START_MS = 20_000;
const FAILOVER_MS = 20_000;

/** Starts three masters with a replica each on free ports. */
export async function startRedisCluster(options: TestRedisClusterOptions = {}): Promise<TestRedisCluster> {
  return await RedisGroup.build('redis-cluster', async (group) => {
    const nodes = await Promise.all(
      Array.from({ length: 2 * MASTERS }, async (_, n) => {
        const busPort = await freePort();
        const process = await group.server(`node-${n + 1}`, {
          'cluster-enabled': 'yes',
          'cluster-config-file': 'nodes.conf',
          'cluster-port': String(busPort),
          'cluster-node-timeout': String(NODE_TIMEOUT_MS),
          // The other masters go on while one is being replaced.
          'cluster-require-full-coverage': 'no',
          'cluster-replica-validity-factor': '0',
          ...options.config,
        });
        return { process, busPort };
      }),
    );
    await join(nodes);
    const processes = nodes.map(({ process }) => process);

    const masters = async (): Promise<ManagedProcess[]> => {
      const running = processes.filter(({ running }) => running);
      const roles = await Promise.all(running.map(roleOf));
      return running.filter((_, i) => roles[i] === 'master');
    };
    return {
      url: `redis+cluster://${processes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
      nodes: processes,
      masters,
      kill: async (node) => await node.killHard(),
      failover: async (master) => {
        const before = await masters();
        const victim = master ?? before[0];
        if (victim === undefined) throw new Error('the cluster has no master');
        const startedAt = performance.now();
        await victim.killHard();
        await waitFor(async () => (await masters()).length === before.length, {
          timeoutMs: FAILOVER_MS,
          everyMs: 20,
          what: 'a replica that takes over',
        });
        return performance.now() - startedAt;
      },
      switchOver: async () => {
        const before = await masters();
        const replica = processes.find((node) => node.running && !before.includes(node));
        if (replica === undefined) throw new Error('the cluster has no replica');
        const startedAt = performance.now();
        await withRedis(replica.port, (redis) => redis.call('CLUSTER', 'FAILOVER'));
        await waitFor(async () => (await roleOf(replica)) === 'master', {
          timeoutMs: FAILOVER_MS,
          everyMs: 20,
          what: 'a replica that takes over',
        });
        return performance.now() - startedAt;
      },
      logs: () => group.logs(),
      stop: async () => await group.stop(),
    };
  });
}

interface Node {
  process: ManagedProcess;
  busPort: number;
}

/** Makes one cluster of empty nodes: the first ones become masters with equal shares, the others their replicas. */
async function join(nodes: readonly Node[]): Promise<void> {
  const [first, ...others] = nodes.map(({ process }) => process.port) as [number, ...number[]];
  await Promise.all(
    nodes.slice(0, MASTERS).map(async ({ process }, n) => {
      const from = Math.floor((n * SLOTS) / MASTERS);
      const to = Math.floor(((n + 1) * SLOTS) / MASTERS) - 1;
      await withRedis(process.port, async (redis) => {
        await redis.call('CLUSTER', 'SET-CONFIG-EPOCH', n + 1);
        await redis.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
      });
    }),
  );
  await withRedis(first, async (redis) => {
    for (const [i, port] of others.entries()) {
      await redis.call('CLUSTER', 'MEET', '127.0.0.1', port, nodes[i + 1]?.busPort ?? 0);
    }
  });
  await everywhere(
    nodes,
    'nodes that have met',
    (info) => infoField(info, 'cluster_known_nodes') === String(nodes.length),
  );
  await Promise.all(
    nodes.slice(MASTERS).map(async ({ process }, n) => {
      const master = nodes[n]?.process.port ?? 0;
      const id = (await withRedis(master, (redis) => redis.call('CLUSTER', 'MYID'))) as string;
      await withRedis(process.port, (redis) => redis.call('CLUSTER', 'REPLICATE', id));
    }),
  );
  await everywhere(
    nodes,
    'a cluster that serves all slots',
    (info, replication, map) =>
      infoField(info, 'cluster_state') === 'ok' &&
      infoField(info, 'cluster_slots_ok') === String(SLOTS) &&
      (infoField(replication, 'role') === 'master' ||
        infoField(replication, 'master_link_status') === 'up') &&
      map.match(/slave /g)?.length === MASTERS,
  );
}

async function everywhere(
  nodes: readonly Node[],
  what: string,
  holds: (info: string, replication: string, map: string) => boolean,
): Promise<void> {
  const check = async ({ process }: Node): Promise<boolean> =>
    await withRedis(process.port, async (redis) => {
      const [info, replication, map] = await Promise.all([
        redis.cluster('INFO'),
        redis.info('replication'),
        redis.cluster('NODES'),
      ]);
      return holds(String(info), replication, String(map));
    });
  await waitFor(async () => (await Promise.all(nodes.map(check))).every(Boolean), {
    timeoutMs: START_MS,
    what,
  });
}

async function roleOf(process: ManagedProcess): Promise<string | undefined> {
  return await withRedis(process.port, async (redis) => infoField(await redis.info('replication'), 'role'));
}
