import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What is written in a turn of the event loop, at a rate of some 20,000 chunks a second. */
const ARENA_BYTES = 256 * 1_024;

/**
 * Memory for what is written to a socket in one turn of the event loop, used again in the next one. Most writes are over when
 * they return; making new memory for each of them led to a full garbage collection three times a second, since V8 counts
 * such memory towards the next one.
 */
export class WriteArena {
  #bytes = Buffer.allocUnsafeSlow(ARENA_BYTES);
  #used = 0;

  /** Memory to be filled and written at once; what has no room here is made for this one write. */
  take(length: number): Buffer {
    const begin = this.#used;
    if (begin + length > ARENA_BYTES) return Buffer.allocUnsafe(length);
    this.#used += length;
    return this.#bytes.subarray(begin, begin + length);
  }

  /** All that was taken since was written to this socket. Where that is not over (TLS does not tell), the memory is left to it. */
  written(socket: Socket): void {
    const isOver = socket.writableLength === 0 && !(socket instanceof TLSSocket);
    if (!isOver) this.#bytes = Buffer.allocUnsafeSlow(ARENA_BYTES);
    this.#used = 0;
  }
}
