import { INSPECTABLE, startCluster, startPostgres, type TestRedisOptions } from '@tributary/testkit';
import { Load } from '../load/load.js';
import { Random } from '../random.js';
import { Keeper } from './keeper.js';
import { MARK } from './processes.js';
import { type RedisKind, startRedisStore } from './redis-store.js';
import { TcpProxy } from './tcp-proxy.js';
import { type Network, World } from './world.js';

export interface WorldSettings {
  /** `single` unless set. */
  readonly redis?: RedisKind;
  readonly appendfsync?: TestRedisOptions['appendfsync'];
  /** The services reach their stores through proxies; only with a single Redis. */
  readonly proxied?: boolean;
  /** Further settings of the services. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface BuiltWorld {
  readonly world: World;
  /** Ends everything, in order; can be called twice. */
  stop(): Promise<void>;
}

/** Two of each are enough to see that one of two may die. */
const OF_EACH = 2;
const LEASE_MS = 3_000;
/** Long enough for clients to move before a stopping gateway closes their sockets. */
const DRAIN_MS = 3_000;

/** Starts stores, proxies and services; when that fails, what was started is stopped again. */
export async function buildWorld(
  name: string,
  seed: number,
  mark: string,
  settings: WorldSettings,
): Promise<BuiltWorld> {
  const undo: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= unwind(undo);
    return stopping;
  };
  try {
    const redisStore = await startRedisStore(settings.redis ?? 'single', settings.appendfsync);
    undo.push(redisStore.stop);
    const postgres = await startPostgres();
    undo.push(postgres.stop);
    const database = await postgres.createDatabase();
    const proxiedPort = settings.proxied === true ? redisStore.single?.port : undefined;
    const network = proxiedPort === undefined ? undefined : await startNetwork(proxiedPort, postgres.port);
    if (network !== undefined) {
      undo.push(
        async () => await network.redis.close(),
        async () => await network.postgres.close(),
      );
    }
    const cluster = await startCluster({
      gateways: OF_EACH,
      routers: OF_EACH,
      workers: OF_EACH,
      redisUrl: network?.redis.inFrontOf(redisStore.url) ?? redisStore.url,
      databaseUrl: network?.postgres.inFrontOf(database.url) ?? database.url,
      env: {
        ENGINE: 'synthetic',
        LEASE_MS: String(LEASE_MS),
        DRAIN_MS: String(DRAIN_MS),
        ...INSPECTABLE,
        ...settings.env,
        [MARK]: mark,
      },
    });
    undo.push(cluster.stop);
    const keeper = new Keeper();
    for (const process of [...redisStore.processes, postgres.process]) keeper.watch(process);
    for (const service of [...cluster.gateways, ...cluster.routers, ...cluster.workers])
      keeper.watch(service);
    const load = new Load();
    undo.push(
      async () => await load.stop(),
      async () => keeper.close(),
    );
    const random = new Random(seed, 'scenario', name);
    const databaseUrl = database.url;
    const world = new World({
      cluster,
      redisStore,
      postgres,
      databaseUrl,
      network,
      keeper,
      load,
      random,
      leaseMs: LEASE_MS,
    });
    return { world, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startNetwork(redisPort: number, postgresPort: number): Promise<Network> {
  return { redis: await TcpProxy.start(redisPort), postgres: await TcpProxy.start(postgresPort) };
}

async function unwind(undo: (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
    await step().catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw new AggregateError(errors, 'several parts of the world did not stop');
}
