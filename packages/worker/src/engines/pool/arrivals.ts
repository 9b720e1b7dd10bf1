/** When the samples of an utterance came, as far as no text was made of them yet. Pure. */
export class Arrivals {
  #pieces: { until: number; atMs: number }[] = [];
  #from = 0;

  /** The samples up to `until` (exclusive) have come. */
  add(until: number, atMs: number): void {
    this.#pieces.push({ until, atMs });
  }

  /** Age of the samples up to `until`, on average, without those that were taken before; 0 of none. */
  takeAge(until: number, nowMs: number): number {
    let weighted = 0;
    let from = this.#from;
    for (const piece of this.#pieces) {
      const end = Math.min(piece.until, until);
      weighted += Math.max(0, end - from) * (nowMs - piece.atMs);
      from = Math.max(from, end);
    }
    const samples = from - this.#from;
    this.#pieces = this.#pieces.filter((piece) => piece.until > until);
    this.#from = from;
    return samples === 0 ? 0 : weighted / samples;
  }
}
