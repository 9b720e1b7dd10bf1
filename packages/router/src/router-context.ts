import type { ChannelPublisher, Logger, RedisClient, Tracer } from '@tributary/shared';
import type { RouterMetrics } from './router-metrics.js';
import type { StoreWriter } from './store-writer.js';

/** What all shards of one router process share. */
export interface RouterContext {
  redis: RedisClient;
  publisher: ChannelPublisher;
  writer: StoreWriter;
  metrics: RouterMetrics;
  eventsTtlMs: number;
  /** Redis' clock, Unix ms. */
  redisNowMs(): number;
  logger: Logger;
  tracer: Tracer;
}
