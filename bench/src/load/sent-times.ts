/** When each chunk should have been sent; those that are known to have arrived are forgotten. */
export class SentTimes {
  #from = 0;
  #times: number[] = [];
  #head = 0;

  set(index: number, atMs: number): void {
    // A chunk that is sent again keeps the moment at which it was due first.
    if (index < this.#from + this.#times.length - this.#head) return;
    this.#times.push(atMs);
  }

  get(index: number): number | undefined {
    return index < this.#from ? undefined : this.#times[this.#head + index - this.#from];
  }

  /** Forgets all before `index`. */
  forget(index: number): void {
    const count = Math.min(index - this.#from, this.#times.length - this.#head);
    if (count <= 0) return;
    this.#from += count;
    this.#head += count;
    if (this.#head < 256) return;
    this.#times = this.#times.slice(this.#head);
    this.#head = 0;
  }
}
