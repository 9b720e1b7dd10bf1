import { Command, type Redis } from 'ioredis';
import { isCluster, type RedisClient } from './redis-client.js';

/** XADD of one entry with the fields `h` and `d`, which writes itself: one buffer, one copy of the payload. */
class AppendCommand extends Command {
  readonly #head: string;
  readonly #payload: Buffer;

  constructor(key: string, header: string, payload: Buffer) {
    super('xadd', [key], { replyEncoding: 'utf8' });
    this.#head =
      `*7\r\n$4\r\nXADD\r\n$${key.length}\r\n${key}\r\n$1\r\n*\r\n$1\r\nh\r\n` +
      `$${header.length}\r\n${header}\r\n$1\r\nd\r\n$${payload.length}\r\n`;
    this.#payload = payload;
  }

  override toWritable(): Buffer {
    const head = this.#head.length;
    const bytes = Buffer.allocUnsafe(head + this.#payload.length + 2);
    bytes.write(this.#head, 0, 'latin1');
    this.#payload.copy(bytes, head);
    bytes.write('\r\n', bytes.length - 2, 'latin1');
    return bytes;
  }
}

/**
 * Appends entries for the one command that is sent for every chunk. It is sent again after a lost connection like any
 * other command of its client; but it goes around ioredis' general way of writing arguments and of pipelining, which
 * took two thirds of the time of an XADD (15.5 µs became 8.5). All that is appended in one turn of the event loop
 * leaves in one write. In a cluster the general way is taken: there the client knows where to send what.
 */
export class EntryAppender {
  readonly #client: RedisClient;
  readonly #isCluster: boolean;
  readonly #flushLater: () => void;
  #corked: Redis['stream'] | null = null;

  /** @param flushLater is to have `flush` called at the end of the turn */
  constructor(client: RedisClient, flushLater?: () => void) {
    this.#client = client;
    this.#isCluster = isCluster(client);
    this.#flushLater = flushLater ?? (() => setImmediate(() => this.flush()));
  }

  /** What was appended leaves now. */
  flush(): void {
    this.#corked?.uncork();
    this.#corked = null;
  }

  /**
   * @param key and `header` are ASCII
   * @returns the entry's id, once Redis has it
   */
  append(key: string, header: string, payload: Buffer): Promise<string | null> {
    const client = this.#client;
    if (this.#isCluster) return client.xadd(key, '*', 'h', header, 'd', payload);
    const redis = client as unknown as Redis;
    if (this.#corked === null) this.#cork(redis.stream as Redis['stream'] | undefined);
    return redis.sendCommand(new AppendCommand(key, header, payload)) as Promise<string>;
  }

  /** What is written until then leaves together. There is no stream before the first connection. */
  #cork(stream: Redis['stream'] | undefined): void {
    if (stream === undefined) return;
    this.#corked = stream;
    stream.cork();
    this.#flushLater();
  }
}
