import type { Recognition } from '../engine.js';
import type { ListenOptions } from './pool-messages.js';

/** Utterances are handed to a recogniser in slices of 100 ms counted from their first sample, however they came. */
export const SLICE_SAMPLES = 1_600;

/** One utterance inside a child's recogniser. Its calls come one after the other, and `close` last, once. */
export interface Listener {
  /** The next slice: `SLICE_SAMPLES`, and fewer only at the end. */
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
  /** Share of the child's time that interim text may take; the rest is for the segments themselves. */
  interimShare: number;
}
