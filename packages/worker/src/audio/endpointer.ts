/** Where an end-pointer decided to cut. Positions are samples counted from where the end-pointer began. */
export interface Border {
  /** `speech`: [start, end) is a segment. `silence`: nothing before `end` needs recognising. */
  kind: 'speech' | 'silence';
  start: number;
  end: number;
}

/** How a session wants its audio cut. */
export interface EndpointerOptions {
  /** Silence that ends a segment. */
  endpointingMs: number;
  /** No segment is longer. */
  maxSegmentSeconds: number;
}

/** Speech that will be a segment, as far as it is known. Samples are counted from where the end-pointer began. */
export interface Heard {
  /** Where the segment will begin. */
  start: number;
  /** It reaches at least to here (exclusive), unless it is cut at its greatest length before. */
  until: number;
  /** The speaker pauses: unless speech goes on, the segment is [start, until), and nothing more of it will be heard. */
  mayEnd: boolean;
}

/**
 * Cuts continuous audio at pauses. An end-pointer lives from one border to the next: once it has returned a
 * border it is thrown away, and a fresh one is fed what came after the border. Its decisions depend only on
 * the samples and not on how they were sliced, so a new owner that starts at a border decides the same.
 */
export interface Endpointer {
  /** Takes the next 16 kHz mono samples; returns the first border, or null while there is none. */
  push(pcm: Int16Array): Border | null;
  /** No more samples will come before a border is wanted (gap in arrival, finish): one for all so far, or null if nothing was pushed. */
  flush(): Border | null;
  /**
   * Non-null once speech was heard in this stretch. While the end-pointer still learns what the background is, it may
   * revise this: another `start`, a lower `until`, or null again. At a pause the border's `end` is the last `until`, so
   * whoever was fed [start, until) as it grew has then heard exactly the segment.
   */
  readonly heard: Heard | null;
}
