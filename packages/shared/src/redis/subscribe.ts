import type { Redis } from 'ioredis';
import { connectDedicated, dedicatedTo, type RedisOptions } from './connect.js';
import { type ConnectionHealth, connectionHealth } from './connection-health.js';
import type { RedisAddress } from './parse-redis-url.js';
import { isCluster, masters, type RedisClient } from './redis-client.js';

export interface SubscribeOptions extends RedisOptions {
  /** The process' other connection: it knows where the servers of a cluster are. */
  commands: RedisClient;
  channel: string;
  onMessage(payload: string): void;
  /** What was published while nothing could be heard is lost. */
  onGap(): void;
}

/** Listens on one channel. */
export interface Subscription {
  readonly health: ConnectionHealth;
  close(): void;
}

/** So often it is made sure that the other end is still there, and still part of the cluster. */
const CHECK_MS = 1_000;
const RETRY_MS = 100;

/** Listens on a channel; settles once that is so, and then stays so over lost connections and failovers. */
export async function subscribe(options: SubscribeOptions): Promise<Subscription> {
  return isCluster(options.commands) ? await subscribeCluster(options) : await subscribeServer(options);
}

async function subscribeServer(options: SubscribeOptions): Promise<Subscription> {
  const redis = connectDedicated(options) as Redis;
  redis.on('message', (_channel, payload) => options.onMessage(payload));
  await new Promise<void>((resolve) => {
    let isListening = false;
    redis.on('ready', () => {
      // From then on ioredis subscribes again by itself. Before, an answer that was lost with its connection never comes.
      if (isListening) return options.onGap();
      redis.subscribe(options.channel).then(
        () => {
          isListening = true;
          resolve();
        },
        (error: unknown) => {
          options.logger.debug({ err: String(error) }, 'subscription failed, trying again');
          redis.disconnect(true);
        },
      );
    });
  });
  // An unanswered ping makes the connection's time-out run: a half-open one would be silent for ever.
  const check = setInterval(() => void redis.ping().catch(() => undefined), CHECK_MS);
  return {
    health: connectionHealth(redis),
    close: () => {
      clearInterval(check);
      redis.disconnect();
    },
  };
}

/**
 * Every server of a cluster passes on what is published at any of them, so one connection to some master will do.
 * When it is lost, or its server is no master of the cluster any more (cut off, it would hear nothing), another one is made.
 */
async function subscribeCluster(options: SubscribeOptions): Promise<Subscription> {
  const { commands, channel } = options;
  let current: Redis | null = null;
  let closed = false;
  let outages = 0;

  const listen = async (): Promise<void> => {
    for (let attempt = 0; !closed; attempt++) {
      const servers = addresses(commands);
      const at = servers[Math.floor(Math.random() * servers.length)];
      if (at !== undefined) {
        const redis = dedicatedTo(options, at);
        redis.on('message', (_channel, payload) => options.onMessage(payload));
        redis.on('error', () => undefined);
        try {
          await redis.connect();
          await redis.subscribe(channel);
          if (closed) return redis.disconnect();
          current = redis;
          redis.once('end', relisten);
          return;
        } catch (error) {
          redis.disconnect();
          if (attempt === 0)
            options.logger.debug({ err: String(error) }, 'subscription failed, trying again');
        }
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };
  const relisten = (): void => {
    current = null;
    if (closed) return;
    outages++;
    void listen().then(() => options.onGap());
  };
  const check = setInterval(() => {
    if (current === null) return;
    const { host, port } = current.options;
    const known = addresses(commands);
    if (known.length > 0 && !known.some((at) => at.host === host && at.port === port)) current.disconnect();
    else void current.ping().catch(() => undefined);
  }, CHECK_MS);

  await listen();
  return {
    health: {
      get up() {
        return current !== null;
      },
      get outages() {
        return outages;
      },
    },
    close: () => {
      closed = true;
      clearInterval(check);
      current?.disconnect();
    },
  };
}

function addresses(commands: RedisClient): RedisAddress[] {
  return masters(commands).map((server) => {
    const { host = '127.0.0.1', port = 6_379 } = (server as Redis).options;
    return { host, port };
  });
}
