import type { Recognition } from './engine.js';

/** A recogniser's own part in how late an interim text is. */
export interface InterimTimes {
  /** Age of the audio that the text is the first of, on average, counted from when it came to the recogniser. */
  delayMs: number;
  /** What of it was spent on decoding. */
  decodeMs: number;
}

/** How a segment is to be listened to. */
export interface UtteranceOptions {
  /** Name of one of the engine's models; without it the engine chooses by language. */
  model?: string | null;
  language: string | null;
  /** Whether word times are wanted. */
  words: boolean;
  /** Phrases the speaker is likely to use; a recogniser that cannot use them ignores them. */
  hotWords: readonly string[];
  /** Told the text so far whenever it changed, at most every `intervalMs`; null when nobody reads along. */
  interim: { intervalMs: number; changed(text: string, times: InterimTimes): void } | null;
  /** Attempts at this segment that an earlier owner of the session has counted. */
  attempts: number;
  /** Told after each attempt that failed or killed a recogniser, so that a later owner goes on counting. */
  attempted(attempts: number): void;
}

/**
 * One segment on its way through a recogniser, open from its first sample. The text it ends with is a function of
 * the samples of the segment alone: not of how they were sliced, of what was accepted behind them, or of which
 * process heard them. Interim text is a courtesy: it may come late or never when decoders are busy, since finished
 * segments go first.
 *
 * The engine keeps the samples until the end, so that the death of a recogniser costs one replay.
 */
export interface Utterance {
  /**
   * The next 16 kHz mono samples. The engine may keep the view: the caller does not change it afterwards.
   *
   * @param mayEnd the speaker pauses: these are the last samples, unless he goes on. An engine may use the time until
   * `finish` to recognise what it has; the text does not depend on it.
   */
  accept(pcm: Int16Array, mayEnd?: boolean): void;
  /**
   * The segment is the first `samples` samples of what was accepted (all of them for a cut at a pause, fewer when
   * it was cut at its greatest length). Resolves with what was recognised; rejects with
   * `TributaryError('recognition_failed')` after three attempts in all, and with a temporary error when the
   * engine is closing. Interim text is not told any more.
   */
  finish(samples: number): Promise<Recognition>;
  /** Nobody wants it any more: its decoder is freed. After `finish` it does nothing. */
  cancel(): void;
}
