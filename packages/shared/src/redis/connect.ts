import { Redis } from 'ioredis';
import type { Logger } from '../telemetry/logger.js';

/** How long a blocking read waits in Redis for something new; so soon a newly taken shard is read. */
export const BLOCK_MS = 100;
/** A connection that owes an answer for so long is taken for dead: half-open TCP is not noticed otherwise. */
const SOCKET_TIMEOUT_MS = 4_000;

export interface RedisOptions {
  url: string;
  /** Name of the connection, shown by CLIENT LIST. */
  name: string;
  logger: Logger;
}

/**
 * A connection for plain commands and scripts. Commands sent in the same turn of the event loop travel together.
 * After a lost connection unanswered commands are sent again (everything we send may be), so a promise
 * settles once Redis answers; what is in flight is bounded by the callers.
 */
export function connectCommands(options: RedisOptions): Redis {
  return connect(options, { enableAutoPipelining: true });
}

/** A connection for one blocking reader or one subscriber; nothing else may use it. */
export function connectDedicated(options: RedisOptions): Redis {
  return connect(options, { autoResubscribe: true, autoResendUnfulfilledCommands: false });
}

function connect(options: RedisOptions, more: object): Redis {
  const redis = new Redis(options.url, {
    connectionName: options.name,
    maxRetriesPerRequest: null,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000),
    socketTimeout: SOCKET_TIMEOUT_MS,
    connectTimeout: 3_000,
    noDelay: true,
    ...more,
  });
  // ioredis reports the same outage once a retry; one line an outage is enough.
  let down = false;
  redis.on('error', (error: Error) => {
    if (!down) options.logger.warn({ err: error.message, connection: options.name }, 'redis connection lost');
    down = true;
  });
  redis.on('ready', () => {
    if (down) options.logger.info({ connection: options.name }, 'redis connection restored');
    down = false;
  });
  return redis;
}
