/** A client that does not send again what it was asked for within this goes on without it; the gap is counted. */
export const REFUSAL_LASTS_MS = 30_000;

/**
 * Which chunks may be taken so that order holds. Once a client that can send again was asked to, later chunks are refused
 * until it does. Pure; times are of `performance.now()`.
 */
export class ChunkOrder {
  /** The chunk the client was asked to send again, and since when later ones are refused. */
  #asked: { index: number; at: number } | null = null;
  #expected = 0;
  #lastTaken: number | null = null;
  /** The client finished while a chunk was asked for again. */
  finishRefused = false;

  /** Highest chunk that was taken on this socket. */
  get lastTaken(): number | null {
    return this.#lastTaken;
  }

  /** Chunks below this one are known. */
  expect(chunkIndex: number): void {
    this.#expected = chunkIndex;
  }

  /** The client is asked to send again from this chunk on. */
  askFor(chunkIndex: number, now: number): void {
    this.#asked = { index: chunkIndex, at: now };
  }

  /** The client says from where it goes on: nothing else is waited for. */
  goesOn(): void {
    this.#asked = null;
    this.finishRefused = false;
  }

  /** A chunk was asked for again, and the client still has time to send it. */
  awaitsResend(now: number): boolean {
    return this.#asked !== null && now - this.#asked.at < REFUSAL_LASTS_MS;
  }

  /**
   * False for a chunk behind the one that was asked for. That one may be a double which the client no longer keeps, so
   * anything up to the next expected one will do; with it the wait is over.
   */
  admits(chunkIndex: number, now: number): boolean {
    if (this.#asked === null) return true;
    if (this.awaitsResend(now) && chunkIndex > Math.max(this.#asked.index, this.#expected)) return false;
    this.goesOn();
    return true;
  }

  took(chunkIndex: number): void {
    this.#expected = Math.max(this.#expected, chunkIndex + 1);
    this.#lastTaken = Math.max(this.#lastTaken ?? 0, chunkIndex);
  }
}
