import type { ChannelMessage, Logger, RedisClient } from '@tributary/shared';
import type { Store } from '@tributary/shared/store';
import type { Registry } from 'prom-client';

/** What the REST API needs of the gateway it is part of. */
export interface RestContext {
  redis: RedisClient;
  store: Store;
  shardCount: number;
  /** Allowed origins, comma-separated; `*` for all, empty for none. */
  corsOrigin: string;
  /** Keys of which a client must show one; none are wanted when empty. */
  apiKeys: readonly string[];
  /** Address of an upstream recognition server. */
  funasrAddr: string | undefined;
  version: string;
  /** Tells a gateway something about a session. */
  publish(gatewayId: string, message: ChannelMessage): void;
  logger: Logger;
  registry: Registry;
  /** True while the gateway accepts clients. */
  ready(): boolean;
}
