import type { Recognition } from './engine.js';

/** A finished stretch of speech, handed to a child as a whole. */
export interface SegmentAudio {
  /** 16 kHz mono samples. */
  pcm: Int16Array;
  language: string | null;
  words: boolean;
}

/** What a pool sends to a child, when the child has said `ready` and not before: one segment. */
export type PoolMessage = SegmentAudio;

/** What a child did with a segment. */
export type SegmentAnswer =
  | { type: 'recognised'; recognition: Recognition }
  | { type: 'failed'; reason: string };

/**
 * What a child sends to its pool: `ready` when it can take a segment (after its start, and again after each
 * answer), the answer to that segment, or `unusable` with the reason when it will never be ready.
 */
export type ChildMessage = { type: 'ready' } | { type: 'unusable'; reason: string } | SegmentAnswer;
