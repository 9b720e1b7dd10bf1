/** For so long the shards of a process may hold up its event loop together. */
const TURN_MS = 100;
/**
 * Then everything else has its turn for this share of the time: a heartbeat and a renewal of leases are two exchanges with Redis.
 * A turn that was longer, because a single chunk was, has let more of them wait.
 */
const REST_SHARE = 0.05;

/**
 * Divides the work on audio of all shards of a process into turns, so that its leases are renewed meanwhile: one read can bring
 * minutes of audio, which take longer to decode and to search for pauses than a lease lasts.
 *
 * ```
 *   idle ──begin──► turn under way ──100 ms──► over ──event loop──► rest ──5 %───┐
 *    ▲                │        ▲                                                 │
 *    └──nobody waits──┘        └────────── who has waited longest goes on ◄──────┘
 * ```
 */
export class WorkTurns {
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  /** Of the turn under way, or of the one before while there is rest; null when nothing was done since the event loop came round. */
  #endsAt: number | null = null;

  /** @param now a clock that never goes back, in ms */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** To be asked before each piece of work. True: it is to wait for `next`. */
  isOver(): boolean {
    const now = this.#now();
    this.#endsAt ??= this.#begin(now);
    return now >= this.#endsAt;
  }

  /** Settles when it is the caller's turn. Those who wait come one after the other, in the order in which they asked. */
  next(): Promise<void> {
    this.#endsAt ??= this.#begin(this.#now());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #begin(now: number): number {
    setImmediate(this.#look);
    return now + TURN_MS;
  }

  /** The event loop came round. */
  readonly #look = (): void => {
    const leftMs = (this.#endsAt ?? Number.POSITIVE_INFINITY) - this.#now();
    if (leftMs <= 0) setTimeout(this.#renew, (TURN_MS - leftMs) * REST_SHARE);
    else this.#goOn();
  };

  readonly #renew = (): void => {
    this.#endsAt = null;
    this.#goOn();
  };

  #goOn(): void {
    const resolve = this.#waiting.shift();
    if (resolve === undefined) {
      this.#endsAt = null;
      return;
    }
    if (this.#endsAt === null) this.#endsAt = this.#begin(this.#now());
    else setImmediate(this.#look);
    resolve();
  }
}
