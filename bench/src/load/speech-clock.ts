import { ReadAlong } from './read-along.js';
import type { Recorder } from './recorder.js';
import type { SentTimes } from './sent-times.js';
import { SAMPLE_RATE_HZ, type SpokenWord } from './utterance.js';

/** The silence that ends a segment where the client does not say. */
export const ENDPOINTING_MS = 500;

/**
 * Times what one who reads along waits for: each word, from the chunk that carries its end; and each segment's result,
 * from the end of its speech and the pause that ends it.
 */
export class SpeechClock {
  readonly #along: ReadAlong;
  readonly #samplesPerChunk: number;
  readonly #sentTimes: SentTimes;
  readonly #recorder: Recorder;

  constructor(
    words: readonly SpokenWord[],
    samplesPerChunk: number,
    sentTimes: SentTimes,
    recorder: Recorder,
  ) {
    this.#along = new ReadAlong(words);
    this.#samplesPerChunk = samplesPerChunk;
    this.#sentTimes = sentTimes;
    this.#recorder = recorder;
  }

  /** Interim text came when so many chunks were sent. */
  interim(text: string, sentChunks: number): void {
    this.#recorder.counts.interims++;
    for (const { end } of this.#along.interim(text, sentChunks * this.#samplesPerChunk)) {
      // A word may be understood before it is over.
      const waitedMs = this.#since(end) ?? 0;
      this.#recorder.time('word', Math.max(0, waitedMs));
    }
  }

  /**
   * A segment's result came when so many chunks were sent. It counts when a whole pause is behind its speech: what the
   * end of the session cut short did not wait for one.
   *
   * @param endSeconds where the segment ends
   */
  segment(endSeconds: number, sentChunks: number): void {
    const pauseSamples = (ENDPOINTING_MS * SAMPLE_RATE_HZ) / 1_000;
    const last = this.#along.segment(endSeconds * SAMPLE_RATE_HZ, pauseSamples);
    if (last === null || sentChunks * this.#samplesPerChunk < last.end + pauseSamples) return;
    const waitedMs = this.#since(last.end);
    if (waitedMs !== undefined) this.#recorder.time('pause', Math.max(0, waitedMs - ENDPOINTING_MS));
  }

  /** Since the chunk with the last sample before this one was due; undefined when it was not sent yet. */
  #since(endSample: number): number | undefined {
    const dueMs = this.#sentTimes.get(Math.floor((endSample - 1) / this.#samplesPerChunk));
    return dueMs === undefined ? undefined : performance.now() - dueMs;
  }
}
