import { isCluster } from '../redis/redis-client.js';
import { BlockingShardReader } from './blocking-shard-reader.js';
import { PollingShardReader } from './polling-shard-reader.js';
import type { ShardReader, ShardReaderOptions } from './shard-reader.js';

/** One server answers a single waiting read of all shards; a cluster takes no command that names two of them. */
export function createShardReader(options: ShardReaderOptions): ShardReader {
  return isCluster(options.reader) ? new PollingShardReader(options) : new BlockingShardReader(options);
}
