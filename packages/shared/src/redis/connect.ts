import { Cluster, Redis, type RedisOptions as ServerOptions } from 'ioredis';
import type { Logger } from '../telemetry/logger.js';
import { clientName } from './client-name.js';
import { followMaster } from './follow-master.js';
import {
  type ClusterRedis,
  parseRedisUrl,
  type RedisAddress,
  type SentinelRedis,
  type SingleRedis,
} from './parse-redis-url.js';
import type { RedisClient } from './redis-client.js';

/** How long a blocking read waits in Redis for something new; so soon a newly taken shard is read. */
export const BLOCK_MS = 100;
/** A connection that owes an answer for so long is taken for dead: half-open TCP is not noticed otherwise. */
const SOCKET_TIMEOUT_MS = 4_000;
const CONNECT_TIMEOUT_MS = 3_000;
/** While a master is being replaced its successor is looked for at least so often. */
const LOOK_FOR_MASTER_MS = 250;
/** What moved in a cluster without anybody asking for it is noticed after so long. */
const LOOK_FOR_SLOTS_MS = 5_000;

export interface RedisOptions {
  /** See `parseRedisUrl`. */
  url: string;
  /** Name of the connection in logs, and, with hyphens for what Redis does not take in names, in CLIENT LIST. */
  name: string;
  logger: Logger;
}

/**
 * A connection for plain commands and scripts. Commands sent in the same turn of the event loop travel together.
 * After a lost connection unanswered commands are sent again (everything we send may be), so a promise
 * settles once Redis answers; what is in flight is bounded by the callers. Of a cluster, and of a master that is
 * being replaced, some commands fail all the same: see `untilAnswered`.
 *
 * @throws RedisUrlError
 */
export function connectCommands(options: RedisOptions): RedisClient {
  return connect(options, { enableAutoPipelining: true });
}

/**
 * A connection for one reader or one subscriber; nothing else may use it.
 *
 * @throws RedisUrlError
 */
export function connectDedicated(options: RedisOptions): RedisClient {
  return connect(options, {
    autoResubscribe: true,
    autoResendUnfulfilledCommands: false,
    reconnectOnError: (error) => (isDemoted(error) ? 1 : false),
  });
}

/** A connection, not made yet, to one server of a cluster; once it is lost it is of no use any more. */
export function dedicatedTo(options: RedisOptions, { host, port }: RedisAddress): Redis {
  const settings = serverOptions(options, parseRedisUrl(options.url));
  return new Redis({ ...settings, host, port, lazyConnect: true, retryStrategy: () => null });
}

function connect(options: RedisOptions, more: ServerOptions): RedisClient {
  const target = parseRedisUrl(options.url);
  if (target.kind === 'cluster') return connectCluster(options, target);
  const redis = new Redis({ ...serverOptions(options, target), ...place(target), ...more });
  stopOldTimer(redis);
  reportOutages(redis, options);
  if (target.kind === 'sentinel') followMaster(redis, target, options.name, options.logger);
  return redis;
}

/** The server was made a replica. */
function isDemoted(error: Error): boolean {
  return error.message.startsWith('READONLY');
}

/** What holds for a connection to any one server. */
function serverOptions(
  { name }: RedisOptions,
  { username, password, tls }: SingleRedis | SentinelRedis | ClusterRedis,
): ServerOptions {
  return {
    connectionName: clientName(name),
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000),
    // Behind the same name, or by asking the sentinels, there is a new master: connect to it and send this again.
    reconnectOnError: (error) => (isDemoted(error) ? 2 : false),
    socketTimeout: SOCKET_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    noDelay: true,
    username,
    password,
    ...(tls ? { tls: {} } : {}),
  };
}

/** Where to find the server. */
function place(target: SingleRedis | SentinelRedis): ServerOptions {
  if (target.kind === 'single') return { host: target.host, port: target.port, db: target.db };
  const { sentinels, masterName, db, sentinelUsername, sentinelPassword, tls } = target;
  return {
    sentinels,
    name: masterName,
    db,
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
    sentinelRetryStrategy: (attempt) => Math.min(50 * attempt, LOOK_FOR_MASTER_MS),
    sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(50 * attempt, LOOK_FOR_MASTER_MS),
  };
}

function connectCluster(options: RedisOptions, target: ClusterRedis): RedisClient {
  // One server is reached again by way of the cluster's map, and a replica is not to be reconnected but avoided.
  const { retryStrategy: _, reconnectOnError: __, ...redisOptions } = serverOptions(options, target);
  const cluster = new Cluster(target.nodes, {
    redisOptions,
    enableAutoPipelining: true,
    clusterRetryStrategy: (attempt) => Math.min(50 * attempt, LOOK_FOR_MASTER_MS),
    slotsRefreshInterval: LOOK_FOR_SLOTS_MS,
    slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
    // Certificates name hosts, not addresses.
    ...(target.tls ? { dnsLookup: (host, found) => found(null, host) } : {}),
  });
  reportOutages(cluster, options);
  cluster.on('node error', (error: Error, node: string) => {
    options.logger.debug({ err: error.message, connection: options.name, node }, 'redis node not reached');
  });
  return cluster;
}

/** ioredis 5 leaves the timer of `socketTimeout` running when a connection is lost, and it then ends the next one. */
function stopOldTimer(redis: Redis): void {
  redis.on('close', () => {
    const timed = redis as unknown as { socketTimeoutTimer: NodeJS.Timeout | undefined };
    clearTimeout(timed.socketTimeoutTimer);
    timed.socketTimeoutTimer = undefined;
  });
}

/** ioredis reports the same outage once a retry; one line an outage is enough. */
function reportOutages(redis: Redis | Cluster, { name, logger }: RedisOptions): void {
  let down = false;
  redis.on('error', (error: Error) => {
    if (!down) logger.warn({ err: error.message, connection: name }, 'redis connection lost');
    down = true;
  });
  redis.on('ready', () => {
    if (down) logger.info({ connection: name }, 'redis connection restored');
    down = false;
  });
}
