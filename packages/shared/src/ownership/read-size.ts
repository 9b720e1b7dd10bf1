import type { StreamEntry } from './shard-reader.js';

const MAX_COUNT = 128;
/** Entries are taken for this large until some were seen. */
const EXPECTED_ENTRY_BYTES = 4_096;
const MIN_ENTRY_BYTES = 256;

/** How many entries of each stream to ask for, so that one read stays near its bytes. */
export class ReadSize {
  readonly #readBytes: number;
  #entryBytes = EXPECTED_ENTRY_BYTES;
  /** Largest entry of the read under way. */
  #largestBytes = 0;

  constructor(readBytes: number) {
    this.#readBytes = readBytes;
  }

  /**
   * Entries of each stream for the next read, of so many streams together. It follows the size of what the last read brought,
   * upwards at once and downwards slowly.
   */
  next(streams: number): number {
    if (this.#largestBytes > 0) {
      this.#entryBytes = Math.max(MIN_ENTRY_BYTES, this.#largestBytes, this.#entryBytes * 0.9);
      this.#largestBytes = 0;
    }
    return Math.max(1, Math.min(MAX_COUNT, Math.floor(this.#readBytes / (streams * this.#entryBytes))));
  }

  /** What one of the streams brought. */
  learn(entries: readonly StreamEntry[]): void {
    for (const { fields } of entries) {
      this.#largestBytes = Math.max(this.#largestBytes, fields[3]?.length ?? 0);
    }
  }
}
