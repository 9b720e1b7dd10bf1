import { parseRedisUrl } from '@tributary/shared';
import { onFreePort } from '../net/free-port.js';
import { assertReachable } from '../net/reachable.js';
import type { ManagedProcess } from '../processes/managed-process.js';
import { postgresServer, postgresUrl } from '../stores/postgres-server.js';
import { redisServer } from '../stores/redis-server.js';
import type { DataFolder } from './data-folder.js';

/** A Redis or PostgreSQL for the services: which settings lead to it, and its process when it is ours. */
export interface Store {
  readonly env: NodeJS.ProcessEnv;
  readonly process: ManagedProcess | undefined;
}

type Say = (line: string) => void;

const REDIS_NAMES = ['REDIS_URL'];
const DATABASE_NAMES = ['DATABASE_URL', 'DB_HOST', 'DB_PORT', 'DB_USER', 'DB_PASSWORD', 'DB_NAME'];
const POSTGRES_PORT = 5_432;

/** Whether one of the settings is given, directly or as a file. */
function isGiven(names: readonly string[], env: NodeJS.ProcessEnv): boolean {
  return names.some((name) => Boolean(env[name]) || Boolean(env[`${name}_FILE`]));
}

/** The Redis that the settings name, or a private one. */
export async function openRedis(env: NodeJS.ProcessEnv, data: DataFolder, say: Say): Promise<Store> {
  if (isGiven(REDIS_NAMES, env)) {
    say('using the Redis that REDIS_URL names');
    await probeRedis(env.REDIS_URL);
    return { env: {}, process: undefined };
  }
  return await onFreePort(async (port) => {
    const process = await redisServer({
      folder: data.redis,
      logFile: `${data.logs}/redis.log`,
      port,
      appendfsync: 'everysec',
      registry: data.processes,
    });
    await process.start();
    say(`Redis serves on 127.0.0.1:${port}`);
    return { env: { REDIS_URL: `redis://127.0.0.1:${port}` }, process };
  });
}

/** The PostgreSQL that the settings name, or a private one. */
export async function openPostgres(env: NodeJS.ProcessEnv, data: DataFolder, say: Say): Promise<Store> {
  if (isGiven(DATABASE_NAMES, env)) {
    say('using the PostgreSQL that the settings name');
    if (env.DATABASE_URL) await probePostgres(env.DATABASE_URL);
    else if (env.DB_HOST)
      await assertReachable('PostgreSQL', env.DB_HOST, Number(env.DB_PORT ?? POSTGRES_PORT));
    return { env: {}, process: undefined };
  }
  const folder = await data.postgres(say);
  if (folder.fresh) say('made an empty PostgreSQL database cluster');
  return await onFreePort(async (port) => {
    const process = postgresServer({
      folder,
      logFile: `${data.logs}/postgres.log`,
      port,
      durable: true,
      registry: data.processes,
    });
    await process.start();
    say(`PostgreSQL serves on 127.0.0.1:${port}`);
    return { env: { DATABASE_URL: postgresUrl(port, data.password(), 'tributary') }, process };
  });
}

/** Of several addresses one that answers will do. */
async function probeRedis(address: string | undefined): Promise<void> {
  if (!address) return;
  const target = parseRedisUrl(address);
  const servers =
    target.kind === 'single' ? [target] : target.kind === 'sentinel' ? target.sentinels : target.nodes;
  const tried = servers.map(({ host, port }) => assertReachable('Redis', host, port));
  await Promise.any(tried).catch(({ errors }: AggregateError) => Promise.reject(errors[0]));
}

async function probePostgres(address: string): Promise<void> {
  if (!URL.canParse(address)) throw new Error('the address of PostgreSQL is not a URL');
  const url = new URL(address);
  // A database may be reached through a Unix socket: then there is no host to try.
  if (url.hostname === '') return;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  await assertReachable('PostgreSQL', host, Number(url.port || POSTGRES_PORT));
}
