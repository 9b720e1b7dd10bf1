import {
  type Cluster,
  type ClusterOptions,
  startCluster,
  startRedis,
  type TestRedis,
} from '@tributary/testkit';
import { RedisProxy } from './redis-proxy.js';

/** A cluster that speaks to its Redis through a proxy, which a test tells what becomes of each command. */
export interface ProxiedCluster {
  readonly redis: TestRedis;
  readonly proxy: RedisProxy;
  readonly cluster: Cluster;
  stop(): Promise<void>;
}

/** When a part of it does not start, what was started is stopped again. */
export async function startProxiedCluster(
  options: Omit<ClusterOptions, 'redisUrl'>,
): Promise<ProxiedCluster> {
  const redis = await startRedis();
  let proxy: RedisProxy | undefined;
  try {
    proxy = await RedisProxy.start(redis.port);
    const opened = proxy;
    const cluster = await startCluster({ ...options, redisUrl: opened.url });
    const stop = async (): Promise<void> => {
      opened.fate = () => 'pass';
      await cluster.stop();
      await opened.close();
      await redis.stop();
    };
    return { redis, proxy: opened, cluster, stop };
  } catch (error) {
    await proxy?.close();
    await redis.stop();
    throw error;
  }
}
