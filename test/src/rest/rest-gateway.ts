import {
  attachSession,
  connectCommands,
  createLogger,
  databaseSettings,
  keys,
  type RedisClient,
  readConfig,
  sessionOptions,
  shardOf,
} from '@tributary/shared';
import { migrate, openStore, type Store } from '@tributary/shared/store';
import { type Cluster, createDatabase, startCluster } from '@tributary/testkit';
import { checkedApi, type RestApi } from './rest-api.js';

/** As every process of these tests has it. */
export const SHARDS = 64;
const GRACE_MS = 60_000;

/** A gateway without workers and routers: what these would write, the tests write themselves. */
export interface RestGateway {
  readonly cluster: Cluster;
  readonly url: string;
  readonly api: RestApi;
  readonly redis: RedisClient;
  readonly store: Store;
  stop(): Promise<void>;
}

export interface RestGatewayOptions {
  readonly env?: Record<string, string>;
  /** A new database on the shared server unless given. */
  readonly databaseUrl?: string;
  /** A key of the API, sent with every request. */
  readonly key?: string;
}

export async function startRestGateway(options: RestGatewayOptions = {}): Promise<RestGateway> {
  const database = options.databaseUrl === undefined ? await createDatabase() : null;
  const databaseUrl = options.databaseUrl ?? database?.url ?? '';
  const settings = readConfig(databaseSettings, { DATABASE_URL: databaseUrl });
  await migrate(settings);
  const cluster = await startCluster({
    routers: 0,
    workers: 0,
    awaitHealth: false,
    databaseUrl,
    env: { LOG_LEVEL: 'debug', ...options.env },
  });
  const logger = createLogger({ level: 'silent', role: 'test', instance: 'rest' });
  const redis = connectCommands({ url: cluster.redisUrl, name: 'test', logger });
  const store = openStore(settings);
  return {
    cluster,
    url: cluster.url,
    api: await checkedApi(cluster.url, options.key === undefined ? {} : { 'x-api-key': options.key }),
    redis,
    store,
    stop: async () => {
      redis.disconnect();
      await store.close();
      await cluster.stop();
      await database?.drop();
    },
  };
}

/** Begins a session as a gateway does; gives its incarnation. */
export async function beginSession(
  redis: RedisClient,
  sessionId: string,
  userId = 'tester',
): Promise<string> {
  const attach = {
    how: 'start' as const,
    sessionId,
    attachId: `attach-${Math.random()}`,
    gatewayId: 'test',
    tokenHash: `hash of ${sessionId}`,
    userId,
    options: JSON.stringify(sessionOptions({ action: 'start', language: 'en' })),
    graceMs: GRACE_MS,
    replaces: '',
  };
  const shard = shardOf(sessionId, SHARDS);
  const answer = await attachSession(redis, shard, attach);
  if (answer.outcome !== 'epoch') return answer.incarnation;
  // The id was used before: it is begun anew by who knows of that.
  const { incarnation } = await attachSession(redis, shard, { ...attach, replaces: answer.epoch });
  return incarnation;
}

/** The session's hash in Redis. */
export function sessionKey(sessionId: string): string {
  return keys.session(shardOf(sessionId, SHARDS), sessionId);
}
