import type { ChannelMessage, Logger, RedisClient, Slabs, Tracer } from '@tributary/shared';
import type { Engine } from './engines/engine.js';
import type { WorkTurns } from './shard/work-turns.js';
import type { WorkerMetrics } from './worker-metrics.js';

/** What every shard of a worker process shares. */
export interface WorkerContext {
  workerId: string;
  redis: RedisClient;
  engine: Engine;
  logger: Logger;
  tracer: Tracer;
  metrics: WorkerMetrics;
  /** Of the work on audio, for all shards together. */
  turns: WorkTurns;
  /** Where audio is kept until it is concluded. */
  slabs: Slabs;
  maxSegmentSeconds: number;
  holeWaitMs: number;
  /** Hands a message to a gateway, together with others of the same turn. */
  publish(gatewayId: string, message: ChannelMessage): void;
  /** Audio waiting for recognition changed by so many bytes. */
  waitingBytes(change: number): void;
}
