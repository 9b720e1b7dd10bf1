import type { ModelInfo, Word } from '@tributary/shared';
import type { Endpointer, EndpointerOptions } from '../audio/endpointer.js';
import type { Utterance, UtteranceOptions } from './utterance.js';

export type { ModelInfo } from '@tributary/shared';

/** All audio inside the worker is mono, signed 16-bit, at this rate. */
export const SAMPLE_RATE_HZ = 16_000;

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

/** The silence that ends a segment when the client does not say. */
export const DEFAULT_ENDPOINTING_MS = 500;

/** A speech recogniser: utterances in, text out. Many may be open; it queues what it cannot decode yet. */
export interface Engine {
  readonly name: string;
  readonly models: readonly ModelInfo[];
  /** How many segments are decoded at the same time; the rest waits. */
  readonly concurrency: number;
  /** Segments being decoded right now, for the busy ratio. */
  readonly busy: number;
  /** Finished segments that wait for their turn. */
  readonly waiting: number;
  /** Segments that could not be recognised, since the start. */
  readonly failed: number;
  /** A fresh end-pointer; it begins at a segment border and knows nothing of what came before. */
  createEndpointer(options: EndpointerOptions): Endpointer;
  /** Opens an utterance; never throws and never blocks. What is wrong is told by `finish`. */
  open(options: UtteranceOptions): Utterance;
  /** Frees decoders and child processes. Utterances under way are rejected. Can be called twice. */
  close(): Promise<void>;
}
