import { type ChannelMessage, channelLine } from '../log/gateway-channel.js';
import { keys } from '../log/keys.js';
import type { Logger } from '../telemetry/logger.js';
import { masters, type RedisClient } from './redis-client.js';

/** Sends messages to gateways: all of one turn of the event loop for one gateway in one PUBLISH. */
export class ChannelPublisher {
  readonly #redis: RedisClient;
  readonly #logger: Logger;
  #last: RedisClient;
  #lines = new Map<string, string[]>();

  constructor(redis: RedisClient, logger: Logger) {
    this.#redis = redis;
    this.#last = redis;
    this.#logger = logger;
  }

  /** A hint at most: a gateway that misses it reads the events stream. */
  publish(gatewayId: string, message: ChannelMessage): void {
    if (gatewayId === '') return;
    if (this.#lines.size === 0) setImmediate(() => this.#flush());
    const lines = this.#lines.get(gatewayId);
    if (lines === undefined) this.#lines.set(gatewayId, [channelLine(message)]);
    else lines.push(channelLine(message));
  }

  #flush(): void {
    const pending = this.#lines;
    this.#lines = new Map();
    const via = this.#via();
    for (const [gatewayId, lines] of pending) {
      via.publish(keys.gatewayChannel(gatewayId), lines.join('\n')).catch((error: unknown) => {
        this.#logger.debug({ err: String(error) }, 'publish failed');
      });
    }
  }

  /**
   * Any master of a cluster will do: one that is there, and the same one as before, so that order mostly holds. The
   * client by itself would choose by the channel's name, and with that master away a gateway would hear nothing.
   */
  #via(): RedisClient {
    const servers = masters(this.#redis);
    if (!servers.includes(this.#last) || !isUp(this.#last)) this.#last = servers.find(isUp) ?? this.#redis;
    return this.#last;
  }
}

/** `wait`: it connects with the first command. */
function isUp({ status }: RedisClient): boolean {
  return status === 'ready' || status === 'wait';
}
