import { Cluster, type RedisCommander } from 'ioredis';

/** A connection to Redis, be it one server, the master that sentinels name, or a cluster. */
export interface RedisClient extends RedisCommander {
  readonly status: string;
  on(event: 'ready' | 'close' | 'end', listener: () => void): unknown;
  disconnect(): void;
  quit(): Promise<'OK'>;
}

/** True where a command may name keys of one slot only. */
export function isCluster(client: RedisClient): client is RedisClient & Cluster {
  return client instanceof Cluster;
}

/** Every server that holds a part of the data. */
export function masters(client: RedisClient): RedisClient[] {
  return isCluster(client) ? client.nodes('master') : [client];
}
