import { BLOCK_MS } from '../redis/connect.js';
import { streamOf } from '../redis/shard-scripts.js';
import { compareIds, FIRST_ID, type StreamId } from '../redis/stream-id.js';
import type { Lease } from './lease.js';
import { ReadSize } from './read-size.js';
import type { ShardReader, ShardReaderOptions } from './shard-reader.js';

interface Position {
  lease: Lease;
  lastId: StreamId;
  /** The group's position in Redis may differ from `lastId`. */
  unsure: boolean;
  paused: boolean;
}

/** What a read has brought: how many entries, and `all` unless a stream may hold more than was asked for. */
interface Brought {
  all: boolean;
  count: number;
}

const RETRY_MS = 50;
/**
 * A read begins so long after the last one at the earliest, unless that one left entries behind: with a stream for each
 * shard a read costs Redis some 30 µs however little it brings, and one read brings all of a turn just as well.
 */
const READ_EVERY_MS = 8;
/**
 * The same after a read that brought several entries. All that they lead to, here and in Redis, is then done for more of
 * them at once: reads, commits, publications and rows travel in half as many packets.
 */
const BUSY_READ_EVERY_MS = 20;
const BUSY_ENTRIES = 3;

/**
 * Reads all shards in one blocking XREADGROUP, in a consumer group of this owner's with NOACK. What counts is `lastId`,
 * kept here: after anything that leaves the group's position in doubt (a new shard, a lost reply, a reply to a
 * read that began under an earlier lease) the group is set back to it before the next read.
 */
export class BlockingShardReader implements ShardReader {
  readonly #options: ShardReaderOptions;
  readonly #positions = new Map<number, Position>();
  readonly #size: ReadSize;
  #stopped = false;
  #wake: (() => void) | null = null;
  #giveUp: (error: Error) => void = () => {};
  #loop: Promise<void> | null = null;

  constructor(options: ShardReaderOptions) {
    this.#options = options;
    this.#size = new ReadSize(options.readBytes);
    options.reader.on('close', () => this.#giveUp(new Error('the connection was lost')));
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Ends after the read under way. Can be called twice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#loop;
  }

  /** Reads this shard from its stream's beginning on. */
  add(lease: Lease): void {
    this.#positions.set(lease.shard, { lease, lastId: FIRST_ID, unsure: true, paused: false });
    this.#wake?.();
  }

  /** Brings nothing more of this lease. */
  remove(lease: Lease): void {
    if (this.#positions.get(lease.shard)?.lease === lease) this.#positions.delete(lease.shard);
  }

  /** Holds or goes on with a shard, for backpressure. */
  setPaused(lease: Lease, paused: boolean): void {
    const position = this.#positions.get(lease.shard);
    if (position?.lease !== lease || position.paused === paused) return;
    position.paused = paused;
    if (!paused) this.#wake?.();
  }

  async #run(): Promise<void> {
    let busy = false;
    while (!this.#stopped) {
      const active = [...this.#positions.values()].filter((position) => !position.paused);
      if (active.length === 0) await this.#sleep(BLOCK_MS);
      else {
        try {
          await this.#unlessLost(this.#settle(active));
          const askedAt = performance.now();
          const { all, count }: Brought = await this.#unlessLost(this.#read(active, busy));
          busy = count >= BUSY_ENTRIES;
          const everyMs = busy ? BUSY_READ_EVERY_MS : READ_EVERY_MS;
          const restMs = askedAt + everyMs - performance.now();
          if (all && restMs > 0 && !this.#stopped) await this.#sleep(restMs);
        } catch (error) {
          for (const position of active) position.unsure = true;
          busy = false;
          if (!this.#stopped) {
            this.#options.logger.debug({ err: String(error) }, 'stream read failed');
            await this.#sleep(RETRY_MS);
          }
        }
      }
    }
  }

  /** Rejects when the connection is lost: an answer that was on its way never comes, and its promise never settles. */
  #unlessLost<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#giveUp = reject;
      work.then(resolve, reject);
    });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Sets the group to what was last taken, where it may be elsewhere. */
  async #settle(active: readonly Position[]): Promise<void> {
    const { reader, group } = this.#options;
    await Promise.all(
      active
        .filter((position) => position.unsure)
        .map(async (position) => {
          try {
            await reader.xgroup(
              'SETID',
              streamOf(position.lease.role, position.lease.shard),
              group,
              position.lastId,
            );
            position.unsure = false;
          } catch (error) {
            if (!(error instanceof Error) || !/NOGROUP|requires the key to exist/.test(error.message))
              throw error;
            // Our group is gone: somebody else took the shard, or Redis lost it.
            this.remove(position.lease);
            position.lease.markLost();
          }
        }),
    );
  }

  /**
   * @param busy the last read brought something, so there is probably more: this one does not wait for it. Waiting costs Redis an entry for each stream in its
   *   list of who waits for what, and another step to take it out again.
   */
  async #read(asked: readonly Position[], busy: boolean): Promise<Brought> {
    const { reader, group, onEntries, onCaughtUp } = this.#options;
    const active = asked.filter((position) => !position.lease.lost);
    if (active.length === 0) return { all: true, count: 0 };
    const count = this.#size.next(active.length);
    let all = true;
    let brought = 0;
    const streams = active.map(({ lease }) => streamOf(lease.role, lease.shard));
    const askedAt = performance.now();
    const reply = (await reader.callBuffer(
      'XREADGROUP',
      'GROUP',
      group,
      group,
      'COUNT',
      count,
      ...(busy ? [] : ['BLOCK', BLOCK_MS]),
      'NOACK',
      'STREAMS',
      ...streams,
      ...streams.map(() => '>'),
    )) as [Buffer, [Buffer, Buffer[]][]][] | null;
    const silent = new Map(streams.map((stream, i) => [stream, active[i] as Position]));
    for (const [streamName, raw] of reply ?? []) {
      const stream = streamName.toString();
      const position = silent.get(stream);
      if (position === undefined) continue;
      silent.delete(stream);
      if (this.#positions.get(position.lease.shard) !== position) {
        // Read for an earlier lease: the present one has to read it again.
        const current = this.#positions.get(position.lease.shard);
        if (current !== undefined) current.unsure = true;
        continue;
      }
      const entries = raw.map(([id, fields]) => ({ id: id.toString(), fields: fields ?? [] }));
      const last = entries.at(-1);
      if (last === undefined) continue;
      brought += entries.length;
      if (entries.length >= count) all = false;
      if (compareIds(last.id, position.lastId) <= 0) continue;
      position.lastId = last.id;
      this.#size.learn(entries);
      onEntries(position.lease, entries);
    }
    for (const position of silent.values()) {
      if (this.#positions.get(position.lease.shard) === position) onCaughtUp(position.lease, askedAt);
    }
    return { all, count: brought };
  }
}
