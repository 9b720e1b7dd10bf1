/** What is measured: a share from 0 to 1 that changes from moment to moment. */
export type BusyShare = () => number;

const SAMPLE_MS = 250;
const WINDOW_MS = 15_000;

/**
 * How busy the recogniser was of late. At any one moment it is idle or not; what to scale by is the mean, and a mean over
 * about the time between two scrapes is what they then show.
 */
export class BusyMeter {
  readonly #samples: number[] = [];
  #sum = 0;
  #next = 0;

  /** Mean of the samples of the last 15 seconds; 0 before the first one. */
  get ratio(): number {
    return this.#samples.length === 0 ? 0 : Math.min(1, this.#sum / this.#samples.length);
  }

  /** Takes one sample, every 250 ms. */
  sample(share: number): void {
    const full = this.#samples.length === WINDOW_MS / SAMPLE_MS;
    if (full) this.#sum -= this.#samples[this.#next] as number;
    this.#samples[this.#next] = share;
    this.#sum += share;
    this.#next = (this.#next + 1) % (WINDOW_MS / SAMPLE_MS);
  }

  /** Samples until the returned function is called. */
  start(share: BusyShare): () => void {
    const timer = setInterval(() => this.sample(share()), SAMPLE_MS);
    return () => clearInterval(timer);
  }
}
