/** Where an end-pointer decided to cut. Positions are samples counted from where the end-pointer began. */
export interface Border {
  /** `speech`: [start, end) is a segment. `silence`: nothing before `end` needs recognising. */
  kind: 'speech' | 'silence';
  start: number;
  end: number;
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
  /** True once speech was heard in this stretch. */
  readonly inSpeech: boolean;
}
