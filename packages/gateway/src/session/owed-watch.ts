/** When something is owed and no event came for so long, the events are looked at. */
export const OWED_AFTER_MS = 1_000;

/** Since when a client waits for an event. Pure; times are of `performance.now()`. */
export class OwedWatch {
  #since: number | null = null;

  /** An event came. */
  came(): void {
    this.#since = null;
  }

  /** True when the events have to be looked at: what was published may have been missed. */
  isDue(isOwed: boolean, now: number): boolean {
    if (!isOwed) {
      this.#since = null;
      return false;
    }
    if (this.#since !== null && now - this.#since <= OWED_AFTER_MS) return false;
    const isDue = this.#since !== null;
    this.#since = now;
    return isDue;
  }
}
