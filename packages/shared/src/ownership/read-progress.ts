import { type StreamId, streamTimeMs } from '../redis/stream-id.js';

/** A stream that is read all the time is known to be read up to a moment ago, not up to now. */
const IN_STEP_MS = 500;

/**
 * Up to which time of Redis' clock a shard's stream has been read. What was not read is younger than that, so its age is
 * never told too low, also while Redis gives no answer; no question to Redis is needed for it.
 */
export class ReadProgress {
  #readToMs: number;

  /** Nothing is known of what came before `beganMs`. */
  constructor(beganMs: number) {
    this.#readToMs = beganMs;
  }

  /** Entries up to this one were brought; there may be more. */
  brought(lastId: StreamId | undefined): void {
    if (lastId !== undefined) this.#readToMs = streamTimeMs(lastId);
  }

  /** There was nothing more at that time. */
  caughtUp(redisTimeMs: number): void {
    this.#readToMs = Math.max(this.#readToMs, redisTimeMs);
  }

  /** Greatest age that an entry which was not read yet can have, ms; 0 while reading keeps step. */
  unreadMs(redisNowMs: number): number {
    const behindMs = redisNowMs - this.#readToMs;
    return behindMs > IN_STEP_MS ? behindMs : 0;
  }
}
