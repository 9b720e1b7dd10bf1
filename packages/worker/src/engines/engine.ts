import type { Word } from '@tributary/shared';
import type { Endpointer } from '../audio/endpointer.js';

/** All audio inside the worker is mono, signed 16-bit, at this rate. */
export const SAMPLE_RATE_HZ = 16_000;

/** A finished stretch of speech, handed to a recogniser as a whole. */
export interface SegmentAudio {
  /** 16 kHz mono samples. */
  pcm: Int16Array;
  language: string | null;
  words: boolean;
}

/** What a recogniser made of a segment. */
export interface Recognition {
  text: string;
  /** 0 to 1, where the recogniser knows. */
  confidence?: number;
  /** Times in seconds from the segment's first sample. */
  words?: Word[];
  /** Time the recogniser itself took, without waiting for its turn. */
  decodeMs: number;
}

export interface EngineOptions {
  /** Longest segment the end-pointer may let grow, in seconds. */
  maxSegmentSeconds: number;
}

/** A speech recogniser: whole segments in, text out. Many may be under way; it queues what it cannot start. */
export interface Engine {
  readonly name: string;
  /** How many segments are decoded at the same time; the rest waits. */
  readonly concurrency: number;
  /** Segments being decoded right now, for the busy ratio. */
  readonly busy: number;
  /** Segments that wait for their turn. */
  readonly waiting: number;
  /** Segments that could not be recognised, since the start. */
  readonly failed: number;
  /** A fresh end-pointer; it begins at a segment border and knows nothing of what came before. */
  createEndpointer(): Endpointer;
  /**
   * Recognises one segment. Rejects with `TributaryError('recognition_failed')` when the recogniser died of it
   * or gave up, after its own retries; the engine stays usable.
   */
  recognise(segment: SegmentAudio): Promise<Recognition>;
  /** Frees decoders and child processes. Segments under way are rejected. Can be called twice. */
  close(): Promise<void>;
}
