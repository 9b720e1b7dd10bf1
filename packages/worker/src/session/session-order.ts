import { compareStamps, type FinishReason, type Stamp, stampNumber } from '@tributary/shared';

/**
 * Puts the audio of one session in order: a pure state machine over the entries of its shard's stream.
 *
 * Within an epoch entries are taken by `n` = 0, 1, 2 … without holes. What comes again is dropped, what comes too early
 * is held. A control entry opens a newer epoch: entries of older epochs behind it are dropped, and what was held
 * becomes the reserve, from which chunks that the new epoch does not bring again are taken by chunk index. What lies at
 * or below the last chunk that was taken is never kept: nothing may need it, and it would hold back the shard's stream.
 *
 * ```
 *            n = next                       n > next
 *   entry ──────────────► take, then ◄──────────────── held
 *     │                   what follows                  │ newer control entry
 *     │ n < next, old epoch                             ▼
 *     └──────────► dropped           taken before a higher chunk index ◄── reserve
 * ```
 */

/** What the order needs to know of a chunk, finalize or finish; `id` is its stream id. */
export interface OrderEntry<Audio> {
  id: string;
  epoch: Stamp;
  n: number;
  /** null for what is no chunk: the session's finish, or the end of a segment. */
  chunk: { index: number; audio: Audio } | null;
  /** The client ends the segment behind this chunk; null: behind whatever was taken. */
  finalize?: { after: number | null };
  reason: FinishReason;
}

/** Where the order stands; part of the mark, so that a new owner decides as this one did. */
export interface Cursor {
  epoch: Stamp;
  /** The next `n` of that epoch. */
  n: number;
  /** Index of the last chunk taken, -1 for none. */
  lastChunk: number;
}

export type OrderEffect<Audio> =
  /** The next chunk of the session. `gap` chunk indexes before it never came. */
  | { kind: 'take'; entry: OrderEntry<Audio>; index: number; audio: Audio; gap: number }
  | { kind: 'finalize'; entry: OrderEntry<Audio> }
  | { kind: 'finish'; entry: OrderEntry<Audio> }
  /** The entry changes nothing and is not needed any more. */
  | { kind: 'drop'; entry: OrderEntry<Audio> };

/** The smallest entry that is missing, and since when by stream time. */
export interface Hole {
  epoch: Stamp;
  n: number;
  sinceMs: number;
}

export class SessionOrder<Audio> {
  #epoch: Stamp;
  #n: number;
  #lastChunk: number;
  #finished = false;
  #held = new Map<number, OrderEntry<Audio>>();
  #reserve: OrderEntry<Audio>[] = [];
  #holeSinceMs: number | null = null;
  /** Stream time of what came last, in the present epoch. */
  #heardMs = 0;
  /**
   * After a takeover: entries of an epoch older than the cursor's. Should the control entry of the cursor's epoch
   * still follow, they were held back then and are the reserve; otherwise they came behind it and count for nothing.
   */
  #older: OrderEntry<Audio>[] | null;

  constructor(cursor: Cursor) {
    this.#epoch = cursor.epoch;
    this.#n = cursor.n;
    this.#lastChunk = cursor.lastChunk;
    this.#older = cursor.epoch === '' ? null : [];
  }

  get cursor(): Cursor {
    return { epoch: this.#epoch, n: this.#n, lastChunk: this.#lastChunk };
  }

  /** Ids of the entries that are kept back, in no order. */
  *heldIds(): Generator<string> {
    for (const entry of this.#held.values()) yield entry.id;
    for (const entry of this.#reserve) yield entry.id;
    for (const entry of this.#older ?? []) yield entry.id;
  }

  /** What is missing, or null. */
  get hole(): Hole | null {
    if (this.#holeSinceMs === null || this.#finished) return null;
    return { epoch: this.#epoch, n: this.#n, sinceMs: this.#holeSinceMs };
  }

  /** A control entry, at `timeMs` of stream time: a gateway has begun an epoch. */
  control(epoch: Stamp, timeMs: number): OrderEffect<Audio>[] {
    if (this.#finished) return [];
    const order = compareStamps(epoch, this.#epoch);
    if (order < 0) return [];
    this.#heardMs = timeMs;
    if (order === 0) {
      this.#reserve.push(...(this.#older ?? []));
      this.#older = null;
      this.#sortReserve();
      return [];
    }
    const effects = this.#dropOlder();
    for (const entry of this.#held.values()) {
      // A finish that was held is repeated by whoever still wants it.
      if (isFinish(entry) || this.#isSpent(entry)) effects.push({ kind: 'drop', entry });
      else this.#reserve.push(entry);
    }
    this.#sortReserve();
    this.#held.clear();
    this.#holeSinceMs = null;
    this.#epoch = epoch;
    this.#n = 0;
    return effects;
  }

  /** A chunk or finish, received at `timeMs` of stream time. */
  entry(entry: OrderEntry<Audio>, timeMs: number): OrderEffect<Audio>[] {
    if (this.#finished) return [{ kind: 'drop', entry }];
    const order = compareStamps(entry.epoch, this.#epoch);
    if (order < 0) {
      if (this.#older === null || isFinish(entry) || this.#isSpent(entry)) return [{ kind: 'drop', entry }];
      this.#older.push(entry);
      return [];
    }
    if (order === 0 && this.#takesAtOnce(entry)) {
      this.#heardMs = timeMs;
      this.#holeSinceMs = null;
      this.#n++;
      const { index, audio } = entry.chunk;
      const gap = index - this.#lastChunk - 1;
      this.#lastChunk = index;
      return [{ kind: 'take', entry, index, audio, gap }];
    }
    // A control entry always comes first; should Redis have lost it, the entry speaks for itself.
    const effects = order > 0 ? this.control(entry.epoch, timeMs) : this.#dropOlder();
    this.#heardMs = timeMs;
    if (entry.n < this.#n || this.#held.has(entry.n)) {
      effects.push({ kind: 'drop', entry });
      return effects;
    }
    if (entry.n > this.#n) {
      this.#held.set(entry.n, entry);
      this.#holeSinceMs ??= timeMs;
      return effects;
    }
    let next: OrderEntry<Audio> | undefined = entry;
    while (next !== undefined && !this.#finished) {
      this.#held.delete(this.#n);
      this.#n++;
      this.#accept(next, effects);
      next = this.#held.get(this.#n);
    }
    if (this.#finished) {
      for (const late of this.#held.values()) effects.push({ kind: 'drop', entry: late });
      this.#held.clear();
    }
    this.#holeSinceMs = this.#held.size > 0 ? timeMs : null;
    return effects;
  }

  /**
   * Kept back is not for ever: what is in reserve is taken once the epoch has brought nothing since a stream time, so that a
   * client that fell silent behind a hole is heard. Not across a hole, which is somebody's to fill or to give up.
   */
  overdue(sinceMs: number): OrderEffect<Audio>[] {
    // A stamp is a time in microseconds: the control entry is read or trimmed by now, so what is here came behind it.
    if (this.#older !== null && stampNumber(this.#epoch) / 1_000 <= sinceMs) return this.#dropOlder();
    const effects: OrderEffect<Audio>[] = [];
    if (this.#held.size === 0 && this.#heardMs <= sinceMs) {
      this.#takeReserve(Number.POSITIVE_INFINITY, effects);
    }
    return effects;
  }

  /** It is the next chunk and nothing is kept back, as it mostly is: the short way to what the long one comes to. */
  #takesAtOnce(entry: OrderEntry<Audio>): entry is OrderEntry<Audio> & { chunk: object } {
    const nothingKept = this.#older === null && this.#held.size === 0 && this.#reserve.length === 0;
    return nothingKept && entry.n === this.#n && entry.chunk !== null && !this.#isSpent(entry);
  }

  #accept(entry: OrderEntry<Audio>, effects: OrderEffect<Audio>[]): void {
    if (entry.finalize !== undefined) {
      this.#takeReserve((entry.finalize.after ?? this.#lastChunk) + 1, effects);
      this.#takeFinalize(entry, effects);
      return;
    }
    if (entry.chunk === null) {
      this.#takeReserve(Number.POSITIVE_INFINITY, effects);
      this.#finished = true;
      effects.push({ kind: 'finish', entry });
      return;
    }
    this.#takeReserve(entry.chunk.index, effects);
    this.#take(entry, effects);
    // It is there twice.
    while (this.#reserve[0] !== undefined && this.#isSpent(this.#reserve[0])) {
      effects.push({ kind: 'drop', entry: this.#reserve.shift() as OrderEntry<Audio> });
    }
  }

  /** Takes what is kept back from older epochs up to, and not including, a chunk index. */
  #takeReserve(before: number, effects: OrderEffect<Audio>[]): void {
    while (this.#reserve.length > 0) {
      const first = this.#reserve[0] as OrderEntry<Audio>;
      if (placeOf(first) >= before) return;
      this.#reserve.shift();
      if (first.finalize === undefined) this.#take(first, effects);
      else this.#takeFinalize(first, effects);
    }
  }

  #take(entry: OrderEntry<Audio>, effects: OrderEffect<Audio>[]): void {
    if (entry.chunk === null || this.#isSpent(entry)) {
      effects.push({ kind: 'drop', entry });
      return;
    }
    const { index, audio } = entry.chunk;
    effects.push({ kind: 'take', entry, index, audio, gap: index - this.#lastChunk - 1 });
    this.#lastChunk = index;
  }

  #takeFinalize(entry: OrderEntry<Audio>, effects: OrderEffect<Audio>[]): void {
    effects.push({ kind: this.#isSpent(entry) ? 'drop' : 'finalize', entry });
  }

  /** It changes nothing, now or later: a chunk that was taken, or a finalize behind which a chunk was taken, so that it repeats one. */
  #isSpent({ chunk, finalize }: OrderEntry<Audio>): boolean {
    if (chunk !== null) return chunk.index <= this.#lastChunk;
    return (finalize?.after ?? this.#lastChunk) < this.#lastChunk;
  }

  #dropOlder(): OrderEffect<Audio>[] {
    const older = this.#older ?? [];
    this.#older = null;
    return older.map((entry) => ({ kind: 'drop', entry }));
  }

  #sortReserve(): void {
    this.#reserve.sort((a, b) => placeOf(a) - placeOf(b));
  }
}

/** The first entry from this effect on that is not dropped, or null. */
export function nextTaken<Audio>(
  effects: readonly OrderEffect<Audio>[],
  from: number,
): OrderEntry<Audio> | null {
  for (let i = from; i < effects.length; i++) {
    const effect = effects[i] as OrderEffect<Audio>;
    if (effect.kind !== 'drop') return effect.entry;
  }
  return null;
}

function isFinish({ chunk, finalize }: OrderEntry<unknown>): boolean {
  return chunk === null && finalize === undefined;
}

/** Where an entry belongs among the chunks: a finalize right behind the chunk that it follows. */
function placeOf({ chunk, finalize }: OrderEntry<unknown>): number {
  return chunk?.index ?? (finalize?.after ?? -1) + 0.5;
}
