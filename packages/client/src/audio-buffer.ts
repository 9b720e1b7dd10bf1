/** Audio, or so many milliseconds in which nothing was said. */
export type Chunk = Uint8Array<ArrayBuffer> | number;

interface Waiter {
  bytes: number;
  enter: () => void;
  failed: (error: Error) => void;
}

/** What keeping silence is taken to cost. */
const SILENCE_BYTES = 64;

const sizeOf = (chunk: Chunk): number => (typeof chunk === 'number' ? SILENCE_BYTES : chunk.byteLength);

/**
 * The chunks that may have to be sent again, by index, and behind them those that wait for room. A chunk that
 * is larger than the whole buffer is taken when the buffer is empty.
 */
export class AudioBuffer {
  readonly #maxBytes: number;
  readonly #onAccept: () => void;
  readonly #chunks = new Map<number, Chunk>();
  #waiters: Waiter[] = [];
  #drained: (() => void)[] = [];
  #nextIndex = 0;
  #keptFrom = 0;
  #bytes = 0;

  /** @param onAccept called for each chunk that got its index, in order */
  constructor(maxBytes: number, onAccept: () => void) {
    this.#maxBytes = maxBytes;
    this.#onAccept = onAccept;
  }

  /** Bytes kept, without those that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a copy of audio. Resolves with the chunk's index once there is room; in the order of the calls. */
  offer(chunk: Uint8Array | number): Promise<number> {
    const kept = typeof chunk === 'number' ? chunk : new Uint8Array(chunk);
    return this.#inTurn(sizeOf(kept), () => this.#accept(kept));
  }

  /** Calls `act` behind the chunks that were offered before; resolves with the index of the last of them. */
  behind(act: () => void): Promise<number> {
    return this.#inTurn(0, () => {
      act();
      return this.#nextIndex - 1;
    });
  }

  /** The kept chunk of this index. */
  get(index: number): Chunk | undefined {
    return this.#chunks.get(index);
  }

  /** Forgets all chunks up to and including `index`, and lets waiting ones in. */
  dropThrough(index: number): void {
    for (; this.#keptFrom <= index; this.#keptFrom++) {
      this.#bytes -= sizeOf(this.#chunks.get(this.#keptFrom) ?? new Uint8Array());
      this.#chunks.delete(this.#keptFrom);
    }
    while (this.#waiters.length > 0 && this.#fits(this.#waiters[0]!.bytes)) this.#waiters.shift()!.enter();
    if (this.#waiters.length === 0) this.#settle();
  }

  /** Resolves when no chunk waits any more. */
  drained(): Promise<void> {
    if (this.#waiters.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained.push(resolve);
    });
  }

  /** Forgets everything; whoever waits gets the error. */
  clear(error: Error): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#chunks.clear();
    this.#bytes = 0;
    for (const waiter of waiters) waiter.failed(error);
    this.#settle();
  }

  #inTurn(bytes: number, enter: () => number): Promise<number> {
    if (this.#waiters.length === 0 && this.#fits(bytes)) return Promise.resolve(enter());
    return new Promise((resolve, failed) => {
      this.#waiters.push({ bytes, enter: () => resolve(enter()), failed });
    });
  }

  #fits(bytes: number): boolean {
    return this.#chunks.size === 0 || this.#bytes + bytes <= this.#maxBytes;
  }

  #accept(chunk: Chunk): number {
    const index = this.#nextIndex++;
    this.#chunks.set(index, chunk);
    this.#bytes += sizeOf(chunk);
    this.#onAccept();
    return index;
  }

  #settle(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}
