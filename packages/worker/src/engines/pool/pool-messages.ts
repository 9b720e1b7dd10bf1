import type { Recognition } from '../engine.js';
import type { InterimTimes } from '../utterance.js';

/** How a child is to listen to an utterance. */
export interface ListenOptions {
  language: string | null;
  words: boolean;
  hotWords: readonly string[];
  /** Interim text is wanted at most so often; null when it is not wanted. */
  intervalMs: number | null;
}

/** What a pool tells a child. Ids of utterances are the pool's, and never come again. */
export type Command =
  | ({ type: 'open'; id: number } & ListenOptions)
  /** The next 16 kHz mono samples. `mayEnd`: the last ones, unless the speaker goes on. */
  | { type: 'audio'; id: number; pcm: Int16Array; mayEnd: boolean }
  /** All audio was sent: an answer is wanted. */
  | { type: 'finish'; id: number }
  /** No answer is wanted any more; `closed` still is. */
  | { type: 'cancel'; id: number };

/** One message to a child: what happened in one turn of the pool's event loop, in order. */
export type PoolMessage = readonly Command[];

/** What became of an utterance. */
export type Answer =
  | { type: 'recognised'; id: number; recognition: Recognition }
  | { type: 'failed'; id: number; reason: string };

/** What a child tells its pool of an utterance. */
export type UtteranceNews =
  /** It has worked on the utterance up to so many samples. */
  | { type: 'heard'; id: number; samples: number }
  /** The text so far has changed. */
  | { type: 'interim'; id: number; text: string; times: InterimTimes }
  | Answer
  /** After an answer or a `cancel`: the utterance's place is free. */
  | { type: 'closed'; id: number };

/** What a child tells its pool. */
export type ChildMessage =
  /** It can take utterances: as many as its pool thinks it can hold. */
  | { type: 'ready' }
  /** It will never be ready. */
  | { type: 'unusable'; reason: string }
  | UtteranceNews;
