import {
  type ManagedProcess,
  startRedis,
  startRedisCluster,
  startSentinel,
  type TestRedis,
  type TestRedisOptions,
} from '@tributary/testkit';

/** One server; a master with replicas and sentinels; or masters that share the keys, with a replica each. */
export type RedisKind = 'single' | 'sentinel' | 'cluster';

/** The Redis of a world, whatever it is made of. */
export interface RedisStore {
  readonly url: string;
  readonly servers: readonly ManagedProcess[];
  /** All processes, those that only watch included. */
  readonly processes: readonly ManagedProcess[];
  /** Where it is one server. */
  readonly single: TestRedis | undefined;
  /** Servers that are masters now. */
  masters(): Promise<readonly ManagedProcess[]>;
  stop(): Promise<void>;
}

export async function startRedisStore(
  kind: RedisKind,
  appendfsync: TestRedisOptions['appendfsync'] = 'everysec',
): Promise<RedisStore> {
  switch (kind) {
    case 'single': {
      const single = await startRedis({ appendfsync });
      const servers = [single.process];
      const { url, stop } = single;
      return { url, servers, processes: servers, single, masters: () => Promise.resolve(servers), stop };
    }
    case 'sentinel': {
      const { url, servers, sentinels, master, stop } = await startSentinel();
      const masters = async (): Promise<ManagedProcess[]> => [await master()];
      return { url, servers, processes: [...servers, ...sentinels], single: undefined, masters, stop };
    }
    case 'cluster': {
      const { url, nodes, masters, stop } = await startRedisCluster();
      return { url, servers: nodes, processes: nodes, single: undefined, masters, stop };
    }
  }
}
