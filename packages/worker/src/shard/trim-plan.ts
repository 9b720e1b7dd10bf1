import { compareIds, type StreamId } from '@tributary/shared';

/** A shard in which nothing is committed is trimmed so often. */
const APART_EVERY_MS = 5_000;
/**
 * A commit trims as well, but not each: looking for the oldest entry and trimming cost more than they free. What is not trimmed
 * yet is written with each rewrite of the append-only file, and copied when it changes meanwhile.
 */
const COMMIT_EVERY_MS = 250;

/** When a shard's audio is trimmed, and to where. Pure; times are of any one clock, in ms. */
export class TrimPlan {
  readonly #oldestNeeded: () => StreamId | '';
  #commitAtMs = Number.NEGATIVE_INFINITY;
  #apartAtMs = Number.NEGATIVE_INFINITY;
  #trimmedId: StreamId = '0-0';

  /** @param oldestNeeded the oldest id that the shard still needs; '' while that is not known */
  constructor(oldestNeeded: () => StreamId | '') {
    this.#oldestNeeded = oldestNeeded;
  }

  /** What a commit at this moment trims to; '' for nothing. */
  withCommit(nowMs: number): StreamId | '' {
    if (nowMs - this.#commitAtMs < COMMIT_EVERY_MS) return '';
    this.#commitAtMs = nowMs;
    return this.#oldestNeeded();
  }

  /** What is trimmed at this moment though nothing may have been committed for long; '' for nothing. */
  apart(nowMs: number): StreamId | '' {
    if (nowMs - this.#apartAtMs <= APART_EVERY_MS) return '';
    const oldest = this.#oldestNeeded();
    if (oldest === '' || compareIds(oldest, this.#trimmedId) <= 0) return '';
    this.#apartAtMs = nowMs;
    this.#trimmedId = oldest;
    return oldest;
  }
}
