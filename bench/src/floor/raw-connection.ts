import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { BulkReplyCounter } from './resp.js';

/** A connection to Redis that is given bytes and counts replies, and nothing else. */
export class RawConnection {
  readonly #socket: Socket;
  readonly #replies = new BulkReplyCounter();
  #owed = 0;
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('error', (error) => this.#settle?.reject(error));
    socket.on('close', () => this.#settle?.reject(new Error('Redis closed the connection')));
  }

  static async open(redisUrl: string): Promise<RawConnection> {
    const { hostname, port } = new URL(redisUrl);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  /** Writes commands and settles when so many replies have come. One call at a time. */
  async send(commands: Buffer, replies: number): Promise<void> {
    this.#owed += replies;
    await new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(commands);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(bytes: Buffer): void {
    try {
      this.#owed -= this.#replies.push(bytes);
    } catch (error) {
      this.#settle?.reject(error as Error);
      return;
    }
    if (this.#owed === 0) this.#settle?.resolve();
  }
}
