import type { BytePlace } from '../frame-cutter.js';

/** A slice of a chunk, from byte `byte` of it on. */
export interface Slice extends BytePlace {
  bytes: Uint8Array;
}

interface Run extends BytePlace {
  /** Bytes of the queue's whole life before this run. */
  offset: number;
}

const MIN_CAPACITY_BYTES = 4_096;
const MAX_IDLE_BYTES = 65_536;

/** Bytes that have come and are not used up, whatever the slicing, and in which chunk each one came. */
export class ByteQueue {
  #buffer = new Uint8Array(MIN_CAPACITY_BYTES);
  #start = 0;
  #end = 0;
  #consumed = 0;
  #runs: Run[] = [];

  get length(): number {
    return this.#end - this.#start;
  }

  /** All bytes; overwritten by the next `append`. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  append({ bytes, chunk, byte }: Slice): void {
    if (bytes.length === 0) return;
    this.#runs.push({ chunk, byte, offset: this.#consumed + this.length });
    if (this.#end + bytes.length > this.#buffer.length) this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Takes up to `bytes` bytes off the front; returns how many there were. */
  consume(bytes: number): number {
    const taken = Math.min(bytes, this.length);
    this.#start += taken;
    this.#consumed += taken;
    let gone = 0;
    while (gone + 1 < this.#runs.length && this.#runs[gone + 1]!.offset <= this.#consumed) gone += 1;
    if (gone > 0) this.#runs.splice(0, gone);
    if (this.length === 0) this.#empty();
    return taken;
  }

  clear(): void {
    this.consume(this.length);
  }

  /** Where the first byte came; there must be one. */
  get place(): BytePlace {
    const run = this.#runs[0];
    if (run === undefined || this.length === 0) throw new RangeError('the queue is empty');
    return { chunk: run.chunk, byte: run.byte + this.#consumed - run.offset };
  }

  #empty(): void {
    this.#runs = [];
    this.#start = 0;
    this.#end = 0;
    if (this.#buffer.length > MAX_IDLE_BYTES) this.#buffer = new Uint8Array(MIN_CAPACITY_BYTES);
  }

  #makeRoom(bytes: number): void {
    const { length } = this;
    const needed = length + bytes;
    const buffer = needed <= this.#buffer.length / 2 ? this.#buffer : new Uint8Array(2 * needed);
    buffer.set(this.bytes);
    this.#buffer = buffer;
    this.#start = 0;
    this.#end = length;
  }
}
