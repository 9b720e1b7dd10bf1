import {
  keys,
  type Logger,
  parseResultEntry,
  type RedisClient,
  type ResultEntry,
  type StreamEntry,
  type StreamId,
} from '@tributary/shared';

/** A result of a worker, and where it stands in its shard's stream. */
export interface Result {
  id: StreamId;
  entry: ResultEntry;
}

/** Entries of the results stream as results; what is of an unknown version is passed over. */
export function parseResults(entries: readonly StreamEntry[], shard: number, logger: Logger): Result[] {
  const results: Result[] = [];
  for (const { id, fields } of entries) {
    const entry = parseResultEntry(fields);
    if (entry === null) logger.warn({ shard, id }, 'result of an unknown version');
    else results.push({ id, entry });
  }
  return results;
}

/** Results that were read before, once more: those behind `afterId`, not beyond `throughId`, at most `count`. */
export async function readAgain(
  redis: RedisClient,
  shard: number,
  afterId: StreamId,
  throughId: StreamId,
  count: number,
): Promise<StreamEntry[]> {
  const page = await redis.xrangeBuffer(keys.results(shard), `(${afterId}`, throughId, 'COUNT', count);
  return page.map(([id, fields]) => ({ id: id.toString(), fields }));
}
