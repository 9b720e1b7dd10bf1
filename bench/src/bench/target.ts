import { type Cluster, startCluster, startPostgres, startRedis } from '@tributary/testkit';
import type { Watched } from '../machine/watched.js';

/** What is put under load: a cluster of our own, or somebody else's server. */
export interface Target {
  /** Addresses for speech. */
  readonly socketUrls: readonly string[];
  /** Address of the REST API. */
  readonly restUrl: string;
  /** Processes whose use of the machine can be followed; none of a server that is not ours. */
  readonly watched: readonly Watched[];
  readonly cluster: Cluster | null;
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  /** Ends what was started. Can be called twice. */
  stop(): Promise<void>;
}

export interface ClusterShape {
  readonly gateways: number;
  readonly routers: number;
  readonly workers: number;
  readonly engine: string;
  /** Further settings of the services. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A server that is running already, given as `host:port`. */
export function remoteTarget(server: string): Target {
  return {
    socketUrls: [`ws://${server}/ws/asr`],
    restUrl: `http://${server}`,
    watched: [],
    cluster: null,
    databaseUrl: null,
    redisUrl: null,
    stop: async () => undefined,
  };
}

/** A cluster on free ports, with a Redis and a PostgreSQL of its own. */
export async function startTarget(shape: ClusterShape): Promise<Target> {
  const undo: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= (async () => {
      for (const step of undo.reverse()) await step();
    })();
    return stopping;
  };
  try {
    const redis = await startRedis();
    undo.push(redis.stop);
    const postgres = await startPostgres();
    undo.push(postgres.stop);
    const database = await postgres.createDatabase();
    const { gateways, routers, workers, engine, env } = shape;
    const cluster = await startCluster({
      gateways,
      routers,
      workers,
      redisUrl: redis.url,
      databaseUrl: database.url,
      env: { LOG_LEVEL: 'warn', ENGINE: engine, ...env },
    });
    undo.push(cluster.stop);
    const services = [...cluster.gateways, ...cluster.routers, ...cluster.workers];
    return {
      socketUrls: cluster.gateways.map(({ socketUrl }) => socketUrl),
      restUrl: cluster.url,
      watched: [
        ...services.map(({ name, role, pid = 0 }) => ({ name, role, pid, family: role === 'worker' })),
        { name: 'redis', role: 'redis', pid: redis.process.pid ?? 0, family: false },
        { name: 'postgres', role: 'postgres', pid: postgres.process.pid ?? 0, family: true },
      ],
      cluster,
      databaseUrl: database.url,
      redisUrl: redis.url,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
