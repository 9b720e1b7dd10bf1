/**
 * Attempts at the segments of one session that failed or killed a recogniser, by the segment's first sample. Kept with the
 * session, since the worker that counted them may be the next thing that the audio kills.
 */
export class Attempts {
  readonly #counted: Map<number, number>;
  readonly #keep: (json: string) => void;

  /** `stored` is what an earlier owner kept, or ''. */
  constructor(stored: string, keep: (json: string) => void) {
    this.#counted = new Map(stored === '' ? [] : (JSON.parse(stored) as [number, number][]));
    this.#keep = keep;
  }

  get counted(): ReadonlyMap<number, number> {
    return this.#counted;
  }

  note(startSample: number, count: number): void {
    this.#counted.set(startSample, count);
    this.#keep(JSON.stringify([...this.#counted]));
  }

  /** Segments before this sample are concluded. */
  forgetBefore(sample: number): void {
    for (const start of this.#counted.keys()) if (start < sample) this.#counted.delete(start);
  }
}
