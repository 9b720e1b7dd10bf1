/** So many failures in a row before any success mean that children cannot start here at all. */
const HOPELESS_FAILURES = 3;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

/** Keeps count of a pool's starts: when to try again, and whether there is any hope. */
export class StartRecord {
  /** Resolves at the first success; rejects when there were only failures. */
  readonly first: Promise<void>;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};
  #failures = 0;

  constructor() {
    this.first = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Asking is optional, so a rejection that nobody asked for is not an error of the process.
    this.first.catch(() => {});
  }

  succeeded(): void {
    this.#failures = 0;
    this.#resolve();
  }

  /** Returns the milliseconds to wait before the next start. */
  failed(reason: string): number {
    this.#failures += 1;
    if (this.#failures >= HOPELESS_FAILURES) {
      this.abandon(new Error(`recogniser processes cannot start: ${reason}`));
    }
    return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#failures - 1));
  }

  /** No further start will come. */
  abandon(error: Error): void {
    this.#reject(error);
  }
}
