/** First sample, attempts, and the channel where it is not 0. */
type Counted = [startSample: number, count: number, channel?: number];

/**
 * Attempts at the segments of one session that failed or killed a recogniser, by the segment's channel and first sample. Kept
 * with the session, since the worker that counted them may be the next thing that the audio kills.
 */
export class Attempts {
  #counted: Counted[];
  readonly #keep: (json: string) => void;

  /** `stored` is what an earlier owner kept, or ''. */
  constructor(stored: string, keep: (json: string) => void) {
    this.#counted = stored === '' ? [] : (JSON.parse(stored) as Counted[]);
    this.#keep = keep;
  }

  at(channel: number, startSample: number): number {
    return this.#counted.find(isOf(channel, startSample))?.[1] ?? 0;
  }

  note(channel: number, startSample: number, count: number): void {
    const others = this.#counted.filter((counted) => !isOf(channel, startSample)(counted));
    this.#counted = [...others, channel === 0 ? [startSample, count] : [startSample, count, channel]];
    this.#keep(JSON.stringify(this.#counted));
  }

  /** Segments before this sample are concluded. */
  forgetBefore(sample: number): void {
    if (this.#counted.length > 0) this.#counted = this.#counted.filter(([start]) => start >= sample);
  }
}

function isOf(channel: number, startSample: number): (counted: Counted) => boolean {
  return ([start, , of = 0]) => start === startSample && of === channel;
}
