import { streamOf } from '../redis/shard-scripts.js';
import { FIRST_ID, type StreamId } from '../redis/stream-id.js';
import { noteMove } from '../redis/transient.js';
import type { Lease } from './lease.js';
import { ReadSize } from './read-size.js';
import type { ShardReader, ShardReaderOptions } from './shard-reader.js';

/** Shards that bring something are asked so often, */
const BUSY_MS = 10;
/** and those that were silent as often as this in a row, */
const SILENT_READS = 5;
/** so often. */
const IDLE_MS = 50;
const RETRY_MS = 50;

interface Position {
  lease: Lease;
  lastId: StreamId;
  paused: boolean;
  reading: boolean;
  silentReads: number;
  /** Not asked again before, by `performance.now()`. */
  dueAt: number;
}

/**
 * Reads shard by shard, where one command can name only one. Reads that are due together are sent together, a pipeline
 * to each server; a server that does not answer holds up its own shards only. A plain XREAD behind the last id taken
 * is enough: it moves nothing in Redis, so the client may repeat it after a redirection or a lost reply.
 */
export class PollingShardReader implements ShardReader {
  readonly #options: ShardReaderOptions;
  readonly #positions = new Map<number, Position>();
  readonly #size: ReadSize;
  readonly #reads = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #started = false;
  #stopped = false;

  constructor(options: ShardReaderOptions) {
    this.#options = options;
    this.#size = new ReadSize(options.readBytes);
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#tick();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#reads);
  }

  add(lease: Lease): void {
    const fresh = { lease, lastId: FIRST_ID, paused: false, reading: false, silentReads: 0, dueAt: 0 };
    this.#positions.set(lease.shard, fresh);
  }

  remove(lease: Lease): void {
    if (this.#positions.get(lease.shard)?.lease === lease) this.#positions.delete(lease.shard);
  }

  setPaused(lease: Lease, paused: boolean): void {
    const position = this.#positions.get(lease.shard);
    if (position?.lease === lease) position.paused = paused;
  }

  /** Asks for all shards that are due. One turn of the event loop, so that the reads travel together. */
  #tick(): void {
    const now = performance.now();
    const due = [...this.#positions.values()].filter(
      ({ lease, paused, reading, dueAt }) => !lease.lost && !paused && !reading && dueAt <= now,
    );
    const count = this.#size.next(Math.max(1, due.length));
    for (const position of due) this.#begin(position, count);
    if (!this.#stopped) this.#timer = setTimeout(() => this.#tick(), BUSY_MS);
  }

  #begin(position: Position, count: number): void {
    position.reading = true;
    const read = this.#read(position, count)
      .catch((error: unknown) => {
        noteMove(this.#options.reader, error);
        position.dueAt = performance.now() + RETRY_MS;
        this.#options.logger.debug({ shard: position.lease.shard, err: String(error) }, 'stream read failed');
      })
      .finally(() => {
        position.reading = false;
        this.#reads.delete(read);
      });
    this.#reads.add(read);
  }

  /** Reads once, and on while there is more than one read brings. */
  async #read(position: Position, count: number): Promise<void> {
    const { reader, onEntries, onCaughtUp } = this.#options;
    const { lease } = position;
    const stream = streamOf(lease.role, lease.shard);
    for (;;) {
      const askedAt = performance.now();
      const reply = (await reader.xreadBuffer('COUNT', count, 'STREAMS', stream, position.lastId)) as
        | [Buffer, [Buffer, Buffer[]][]][]
        | null;
      if (this.#stopped || lease.lost || this.#positions.get(lease.shard) !== position) return;
      const entries = (reply?.[0]?.[1] ?? []).map(([id, fields]) => ({ id: id.toString(), fields }));
      const last = entries.at(-1);
      if (last === undefined) {
        position.silentReads++;
        position.dueAt = askedAt + (position.silentReads > SILENT_READS ? IDLE_MS : BUSY_MS);
        onCaughtUp(lease, askedAt);
        return;
      }
      position.silentReads = 0;
      position.dueAt = askedAt + BUSY_MS;
      position.lastId = last.id;
      this.#size.learn(entries);
      onEntries(lease, entries);
      if (entries.length < count || position.paused) return;
    }
  }
}
