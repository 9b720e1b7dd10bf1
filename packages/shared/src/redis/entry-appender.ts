import type { Command, Redis } from 'ioredis';
import { isCluster, type RedisClient } from './redis-client.js';
import { WriteArena } from './write-arena.js';

/** Who is told what became of entries. */
export interface AppendListener<Entry> {
  /** Redis has the entry. */
  appended(entry: Entry): void;
  /** Redis does not have it, as far as is known. */
  refused(entry: Entry, error: unknown): void;
}

/**
 * XADD of one entry with the fields `h` and `d`: as much of a command as ioredis asks of one. It writes itself, in one buffer
 * with one copy of the payload, and it has no promise: making and settling one for every chunk showed in the profile.
 */
class AppendCommand<Entry> {
  readonly name = 'xadd';
  /** What the library sets in its own commands, and asks for. */
  readonly promise = undefined;
  readonly pipelineIndex = undefined;
  readonly inTransaction = false;
  /** The promise is what would be traced. */
  readonly isTraced = true;
  readonly #key: string;
  readonly #header: string;
  readonly #payload: Buffer;
  readonly #entry: Entry;
  readonly #listener: AppendListener<Entry>;
  readonly #arena: WriteArena;

  constructor(
    key: string,
    header: string,
    payload: Buffer,
    entry: Entry,
    listener: AppendListener<Entry>,
    arena: WriteArena,
  ) {
    this.#key = key;
    this.#header = header;
    this.#payload = payload;
    this.#entry = entry;
    this.#listener = listener;
    this.#arena = arena;
  }

  /** For messages of errors: no audio. */
  get args(): string[] {
    return [this.#key];
  }

  resolve(): void {
    this.#listener.appended(this.#entry);
  }

  reject(error: unknown): void {
    this.#listener.refused(this.#entry, error);
  }

  toWritable(): Buffer {
    const key = this.#key;
    const header = this.#header;
    const payload = this.#payload;
    const head =
      `*7\r\n$4\r\nXADD\r\n$${key.length}\r\n${key}\r\n$1\r\n*\r\n$1\r\nh\r\n` +
      `$${header.length}\r\n${header}\r\n$1\r\nd\r\n$${payload.length}\r\n`;
    const bytes = this.#arena.take(head.length + payload.length + 2);
    bytes.write(head, 0, 'latin1');
    payload.copy(bytes, head.length);
    bytes[bytes.length - 2] = CR;
    bytes[bytes.length - 1] = LF;
    return bytes;
  }
}

const CR = 0x0d;
const LF = 0x0a;

/**
 * Appends entries for the one command that is sent for every chunk. It is sent again after a lost connection like any
 * other command of its client; but it goes around ioredis' general way of writing arguments, of pipelining and of
 * telling the outcome, which took most of the time of an XADD. All that is appended in one turn of the event loop
 * leaves in one write. In a cluster the general way is taken: there the client knows where to send what.
 */
export class EntryAppender<Entry> {
  readonly #client: RedisClient;
  readonly #isCluster: boolean;
  readonly #listener: AppendListener<Entry>;
  readonly #flushLater: () => void;
  readonly #arena = new WriteArena();
  #corked: Redis['stream'] | null = null;

  /** @param flushLater is to have `flush` called at the end of the turn */
  constructor(client: RedisClient, listener: AppendListener<Entry>, flushLater?: () => void) {
    this.#client = client;
    this.#isCluster = isCluster(client);
    this.#listener = listener;
    this.#flushLater = flushLater ?? (() => setImmediate(() => this.flush()));
  }

  /** What was appended leaves now. */
  flush(): void {
    const stream = this.#corked;
    if (stream === null) return;
    this.#corked = null;
    stream.uncork();
    this.#arena.written(stream);
  }

  /**
   * The listener is told once what becomes of it, perhaps before this returns.
   *
   * @param key and `header` are ASCII
   */
  append(key: string, header: string, payload: Buffer, entry: Entry): void {
    const client = this.#client;
    const listener = this.#listener;
    if (this.#isCluster) {
      client.xadd(key, '*', 'h', header, 'd', payload).then(
        () => listener.appended(entry),
        (error: unknown) => listener.refused(entry, error),
      );
      return;
    }
    const redis = client as unknown as Redis;
    if (this.#corked === null) this.#cork(redis.stream as Redis['stream'] | undefined);
    const command = new AppendCommand(key, header, payload, entry, listener, this.#arena);
    redis.sendCommand(command as unknown as Command);
  }

  /** What is written until then leaves together. There is no stream before the first connection. */
  #cork(stream: Redis['stream'] | undefined): void {
    if (stream === undefined) return;
    this.#corked = stream;
    stream.cork();
    this.#flushLater();
  }
}
