const SLOTS = 4_096;

/**
 * Calls what is due, in millisecond slots: one timer for all sessions of a process, and O(1) for each chunk.
 * What lies further ahead than the wheel is long is looked at again when it has turned.
 */
export class TimeWheel<T> {
  readonly #slots: { item: T; atMs: number }[][] = Array.from({ length: SLOTS }, () => []);
  #turnedTo: number;

  constructor(nowMs: number) {
    this.#turnedTo = Math.floor(nowMs);
  }

  /** `item` is due at `atMs`; what is due already comes with the next turn. */
  add(item: T, atMs: number): void {
    const slot = Math.min(Math.max(Math.ceil(atMs), this.#turnedTo + 1), this.#turnedTo + SLOTS - 1);
    this.#slots[slot % SLOTS]?.push({ item, atMs });
  }

  /** Calls `due` for everything whose time has come, never before it and at most a millisecond behind it. */
  turn(nowMs: number, due: (item: T, atMs: number) => void): void {
    const until = Math.floor(nowMs);
    while (this.#turnedTo < until) {
      this.#turnedTo++;
      const slot = this.#turnedTo % SLOTS;
      const entries = this.#slots[slot] as { item: T; atMs: number }[];
      if (entries.length === 0) continue;
      this.#slots[slot] = [];
      for (const { item, atMs } of entries) {
        if (atMs > this.#turnedTo) this.add(item, atMs);
        else due(item, atMs);
      }
    }
  }
}
