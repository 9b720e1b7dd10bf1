import type { Recognition } from '../engine.js';
import type { ListenOptions } from './pool-messages.js';

/** Recognisers that listen along get slices of 100 ms counted from the first sample, however the samples came. */
export const SLICE_SAMPLES = 1_600;

/** One utterance inside a child's recogniser. Its calls come one after the other, and `close` last, once. */
export interface Listener {
  /** The next samples; for one that listens along `SLICE_SAMPLES`, and fewer only at the end. */
  accept(pcm: Int16Array): void | Promise<void>;
  /** The text of what was accepted so far. */
  interim(): string | Promise<string>;
  /** What was said; nothing is accepted afterwards. */
  finish(): Omit<Recognition, 'decodeMs'> | Promise<Omit<Recognition, 'decodeMs'>>;
  /** Frees it. Resolves when another utterance can take its place. */
  close(): void | Promise<void>;
}

/** The recogniser inside a child process. */
export interface ChildRecogniser {
  open(options: ListenOptions): Listener | Promise<Listener>;
  /**
   * What is heard of an utterance depends on how it is sliced. Others are handed all that came: interim text of a
   * segment that was heard to its end is then its final text.
   */
  listensAlong: boolean;
  /** Share of the child's time that interim text may take; the rest is for the segments themselves. */
  interimShare: number;
}
