/** What one session says: PCM, 16 kHz mono, 16 bit. Nothing of it is kept for the session: any slice can be had again. */
export interface Utterance {
  /** Samples in all, as planned. */
  readonly samples: number;
  /** Bytes of the samples `from` up to but not including `to`. Shared memory: not to be written to. */
  slice(from: number, to: number): Buffer;
  /** Where it may end at the earliest when it has to end soon after `sample`. */
  endAfter(sample: number): number;
  /** What is said in its first `samples` samples; null when nobody knows, as of noise. */
  reference(samples: number): string | null;
  /** Its words in order; none where nobody knows. */
  readonly words: readonly SpokenWord[];
}

/** A word of an utterance: from its sample `start` up to but not including `end`. */
export interface SpokenWord {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

export const SAMPLE_RATE_HZ = 16_000;
export const BYTES_PER_SAMPLE = 2;
/** Described to the server: noise must not be taken for some container. */
export const FORMAT = { encoding: 's16le', sample_rate: SAMPLE_RATE_HZ, channels: 1 } as const;
