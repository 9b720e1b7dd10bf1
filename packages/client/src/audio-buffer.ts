interface Waiter {
  bytes: Uint8Array<ArrayBuffer>;
  accepted: (index: number) => void;
  failed: (error: Error) => void;
}

/**
 * The chunks that may have to be sent again, by index, and behind them those that wait for room. A chunk that
 * is larger than the whole buffer is taken when the buffer is empty.
 */
export class AudioBuffer {
  readonly #maxBytes: number;
  readonly #onAccept: () => void;
  readonly #chunks = new Map<number, Uint8Array<ArrayBuffer>>();
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

  /** Takes a copy of `bytes`. Resolves with the chunk's index once there is room; in the order of the calls. */
  offer(bytes: Uint8Array): Promise<number> {
    const copy = new Uint8Array(bytes);
    if (this.#waiters.length === 0 && this.#fits(copy)) return Promise.resolve(this.#accept(copy));
    return new Promise((accepted, failed) => {
      this.#waiters.push({ bytes: copy, accepted, failed });
    });
  }

  /** The kept chunk of this index. */
  get(index: number): Uint8Array<ArrayBuffer> | undefined {
    return this.#chunks.get(index);
  }

  /** Forgets all chunks up to and including `index`, and lets waiting ones in. */
  dropThrough(index: number): void {
    for (; this.#keptFrom <= index; this.#keptFrom++) {
      this.#bytes -= this.#chunks.get(this.#keptFrom)?.byteLength ?? 0;
      this.#chunks.delete(this.#keptFrom);
    }
    while (this.#waiters.length > 0 && this.#fits(this.#waiters[0]!.bytes)) {
      const waiter = this.#waiters.shift()!;
      waiter.accepted(this.#accept(waiter.bytes));
    }
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

  #fits(bytes: Uint8Array): boolean {
    return this.#chunks.size === 0 || this.#bytes + bytes.byteLength <= this.#maxBytes;
  }

  #accept(bytes: Uint8Array<ArrayBuffer>): number {
    const index = this.#nextIndex++;
    this.#chunks.set(index, bytes);
    this.#bytes += bytes.byteLength;
    this.#onAccept();
    return index;
  }

  #settle(): void {
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}
