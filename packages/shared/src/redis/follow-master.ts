import { lookup } from 'node:dns/promises';
import { Redis, type RedisOptions as ServerOptions } from 'ioredis';
import type { Logger } from '../telemetry/logger.js';
import { clientName } from './client-name.js';
import type { RedisAddress, SentinelRedis } from './parse-redis-url.js';

/** So often the sentinels are asked. */
const LOOK_MS = 1_000;
const TIMEOUT_MS = 1_000;

/**
 * Moves a connection to the new master as soon as most sentinels name another one. The old one, when it is alive, is
 * made a replica only some ten seconds after, and until then it takes what is not to last. (ioredis' own
 * `failoverDetector` is not used: a message that arrives while the client is reconnecting ends it for good.)
 */
export function followMaster(redis: Redis, target: SentinelRedis, name: string, logger: Logger): void {
  const sentinels = target.sentinels.map((address) => new Redis(sentinelOptions(target, address, name)));
  for (const sentinel of sentinels) sentinel.on('error', () => undefined);
  const look = async (): Promise<void> => {
    const master = mostNamed(
      await Promise.all(sentinels.map((sentinel) => masterOf(sentinel, target.masterName))),
    );
    if (master === null || redis.status !== 'ready' || (await isConnectedTo(redis, master))) return;
    logger.warn({ connection: name }, 'the sentinels name another master; moving there');
    // Not ended politely: a server that hangs would not answer that.
    redis.stream.destroy();
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => logger.debug({ err: String(error) }, 'sentinels not asked'));
  }, LOOK_MS);
  redis.on('end', () => {
    clearInterval(timer);
    for (const sentinel of sentinels) sentinel.disconnect();
  });
}

function sentinelOptions(target: SentinelRedis, { host, port }: RedisAddress, name: string): ServerOptions {
  const { sentinelUsername, sentinelPassword, tls } = target;
  return {
    host,
    port,
    connectionName: clientName(`${name} sentinel`),
    ...(sentinelUsername === undefined ? {} : { username: sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }),
    ...(tls ? { tls: {} } : {}),
    enableReadyCheck: false,
    enableOfflineQueue: false,
    commandTimeout: TIMEOUT_MS,
    connectTimeout: TIMEOUT_MS,
    retryStrategy: () => LOOK_MS,
  };
}

/** What a sentinel answers; null when it does not. */
async function masterOf(sentinel: Redis, masterName: string): Promise<RedisAddress | null> {
  try {
    const answer = await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName);
    const [host, port] = answer as [string, string];
    return { host, port: Number(port) };
  } catch {
    return null;
  }
}

/** The address that more than half of the sentinels give. Pure. */
export function mostNamed(answers: readonly (RedisAddress | null)[]): RedisAddress | null {
  const same = (a: RedisAddress, b: RedisAddress | null): boolean => a.host === b?.host && a.port === b.port;
  for (const answer of answers) {
    if (answer === null) continue;
    if (answers.filter((other) => same(answer, other)).length * 2 > answers.length) return answer;
  }
  return null;
}

/** Sentinels may give names; a connection knows only the address. Who cannot be looked up counts as the same. */
async function isConnectedTo(redis: Redis, { host, port }: RedisAddress): Promise<boolean> {
  const { remoteAddress, remotePort } = redis.stream;
  if (remoteAddress === undefined) return true;
  if (remotePort !== port) return false;
  const found = await lookup(host, { all: true }).catch(() => null);
  if (found === null) return true;
  const plain = remoteAddress.replace(/^::ffff:/, '');
  return found.some(({ address }) => address === plain || address === remoteAddress);
}
