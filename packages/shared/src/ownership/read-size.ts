import type { StreamEntry } from './shard-reader.js';

const MAX_COUNT = 128;
/** Entries are taken for this large until some were seen. */
const EXPECTED_ENTRY_BYTES = 4_096;

/** How many entries of each stream to ask for, so that one read stays near its bytes. */
export class ReadSize {
  readonly #readBytes: number;
  #entryBytes = EXPECTED_ENTRY_BYTES;

  constructor(readBytes: number) {
    this.#readBytes = readBytes;
  }

  /** Entries of each stream, when so many streams are read together. */
  count(streams: number): number {
    return Math.max(1, Math.min(MAX_COUNT, Math.floor(this.#readBytes / (streams * this.#entryBytes))));
  }

  /** Follows the size of entries, upwards at once and downwards slowly. */
  learn(entries: readonly StreamEntry[]): void {
    let largest = 0;
    for (const { fields } of entries) largest = Math.max(largest, fields[3]?.length ?? 0);
    this.#entryBytes = Math.max(256, largest, this.#entryBytes * 0.9);
  }
}
