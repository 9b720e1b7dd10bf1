import { compareStamps, type Mark, type Stamp } from '@tributary/shared';

type Place = NonNullable<Mark['finalized']>;

/**
 * The finalizes of a session: which of them are concluded, so that a new owner that reads one again, because chunks before
 * it have to be read again, answers it no second time; and which have to stay in the stream until then.
 */
export class Finalizes {
  #last: Place | undefined;
  #open: (Place & { id: string })[] = [];

  constructor(concluded: Mark['finalized']) {
    this.#last = concluded;
  }

  /** The last one that was answered, as a mark says it. */
  get last(): Mark['finalized'] {
    return this.#last;
  }

  /** Takes the next one; false when it was concluded before. It is to be answered before another one is taken. */
  take({ id, epoch, n }: { id: string; epoch: Stamp; n: number }): boolean {
    if (this.#last !== undefined && !isBehind({ epoch, n }, this.#last)) return false;
    this.#open.push({ id, epoch, n });
    return true;
  }

  /** The one that was taken last is answered by the next conclusion. */
  answer(): void {
    const taken = this.#open.at(-1);
    if (taken !== undefined) this.#last = { epoch: taken.epoch, n: taken.n };
  }

  /** Stream ids of those that are not durably concluded. */
  *ids(): Generator<string> {
    for (const { id } of this.#open) yield id;
  }

  /** Those up to this one are durably concluded. */
  covered(concluded: Mark['finalized']): void {
    if (concluded !== undefined) this.#open = this.#open.filter((place) => isBehind(place, concluded));
  }
}

function isBehind(a: Place, b: Place): boolean {
  const order = compareStamps(a.epoch, b.epoch);
  return order > 0 || (order === 0 && a.n > b.n);
}
