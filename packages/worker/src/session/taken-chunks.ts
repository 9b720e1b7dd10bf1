import { compareIds, type Stamp } from '@tributary/shared';

export interface TakenChunk {
  index: number;
  /** Stream id of its entry. */
  id: string;
  epoch: Stamp;
  n: number;
  /** Stream time at which the order took it. */
  timeMs: number;
}

interface TakenRecord extends TakenChunk {
  countBefore: number;
  lostBefore: number;
  /** Absolute sample behind the chunk's last one. */
  endSample: number;
}

/** The chunks that were taken and are not yet behind the session's mark, in the order of their index. */
export class TakenChunks {
  #records: TakenRecord[] = [];
  /** Ids grow with the indexes, as they do unless something was sent again: then the oldest is the first. */
  #inOrder = true;
  #count: number;
  #lost: number;
  #lastIndex: number;

  /** `lastIndex` is that of the last chunk before these. */
  constructor(count: number, lost: number, lastIndex = -1) {
    this.#count = count;
    this.#lost = lost;
    this.#lastIndex = lastIndex;
  }

  /** Index of the last chunk that was taken; -1 for none. */
  get lastIndex(): number {
    return this.#lastIndex;
  }

  /** Chunks of the session so far. */
  get count(): number {
    return this.#count;
  }

  /** Chunk indexes that never came. */
  get lost(): number {
    return this.#lost;
  }

  /** A chunk was taken; `gap` indexes before it never came. */
  add(chunk: TakenChunk, gap: number): void {
    this.#lost += gap;
    const last = this.#records.at(-1);
    if (last === undefined) this.#inOrder = true;
    else if (compareIds(chunk.id, last.id) < 0) this.#inOrder = false;
    this.#records.push({
      index: chunk.index,
      id: chunk.id,
      epoch: chunk.epoch,
      n: chunk.n,
      timeMs: chunk.timeMs,
      countBefore: this.#count,
      lostBefore: this.#lost,
      endSample: Number.POSITIVE_INFINITY,
    });
    this.#count++;
    this.#lastIndex = chunk.index;
  }

  /** The audio of a chunk ends before this sample. */
  setEnd(index: number, sample: number): void {
    const last = this.#records.at(-1);
    if (last?.index === index) last.endSample = sample;
  }

  /** What a decoder kept back belongs to the last chunk. */
  extendLast(sample: number): void {
    const last = this.#records.at(-1);
    if (last !== undefined) last.endSample = sample;
  }

  /** The first chunk at or behind an index. */
  firstFrom(index: number): Readonly<TakenRecord> | undefined {
    return this.#records[this.#search((record) => record.index >= index)];
  }

  /** Index of the chunk that holds an absolute sample. */
  chunkAt(sample: number): number {
    const found = this.#records[this.#search((record) => record.endSample > sample)];
    return (found ?? this.#records.at(-1))?.index ?? 0;
  }

  /** Drops what lies before a restart point. */
  forgetBefore(index: number): void {
    let count = 0;
    while (count < this.#records.length && (this.#records[count] as TakenRecord).index < index) count++;
    if (count > 0) this.#records.splice(0, count);
  }

  /** Id of the oldest entry; null when there is none. */
  get oldestId(): string | null {
    if (this.#inOrder) return this.#records[0]?.id ?? null;
    return this.#records.reduce<string | null>(
      (oldest, { id }) => (oldest === null || compareIds(id, oldest) < 0 ? id : oldest),
      null,
    );
  }

  /** Place of the first record for which something holds that, once it holds, holds for all later ones. */
  #search(holds: (record: TakenRecord) => boolean): number {
    let from = 0;
    let to = this.#records.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (holds(this.#records[middle] as TakenRecord)) to = middle;
      else from = middle + 1;
    }
    return from;
  }
}
