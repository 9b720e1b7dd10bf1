import type { RedisClient } from '../redis/redis-client.js';
import type { StreamId } from '../redis/stream-id.js';
import type { Logger } from '../telemetry/logger.js';
import type { Lease } from './lease.js';

export interface StreamEntry {
  id: StreamId;
  /** `[name, value, name, value, …]`; views of a larger reply, to be copied when kept. */
  fields: Buffer[];
}

export interface ShardReaderOptions {
  /** A connection of its own: nothing else waits behind large reads, or behind a read that waits. */
  reader: RedisClient;
  /** Name of this owner's consumer group. */
  group: string;
  /** About how many bytes one read may bring. */
  readBytes: number;
  onEntries(lease: Lease, entries: StreamEntry[]): void;
  /** All that had arrived on this shard's stream at `askedAt` (of `performance.now()`) has been brought. */
  onCaughtUp(lease: Lease, askedAt: number): void;
  logger: Logger;
}

/**
 * Brings the entries of the shards this process owns, each once and in order while a lease lasts. It keeps the id of
 * the last entry it brought itself: what Redis believes was read never decides what is read next.
 */
export interface ShardReader {
  start(): void;
  /** Ends after the reads under way. Can be called twice. */
  stop(): Promise<void>;
  /** Reads this shard from its stream's beginning on. */
  add(lease: Lease): void;
  /** Brings nothing more of this lease. */
  remove(lease: Lease): void;
  /** Holds or goes on with a shard, for backpressure. */
  setPaused(lease: Lease, paused: boolean): void;
}
