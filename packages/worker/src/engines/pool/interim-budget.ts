/** Rations the time for interim text: after some was spent there is a rest, so that it keeps to its share. */
export class InterimBudget {
  readonly #restPerSpent: number;
  #nextAt = 0;

  /** @param share more than 0, at most 1 (no rest at all) */
  constructor(share: number) {
    this.#restPerSpent = 1 / share - 1;
  }

  /** When interim text may be made again; past times included. */
  get nextAt(): number {
    return this.#nextAt;
  }

  /** Between these times interim text was made. */
  spent(fromMs: number, toMs: number): void {
    this.#nextAt = toMs + (toMs - fromMs) * this.#restPerSpent;
  }
}
