/** So long the turns of a busy gateway are apart: what came in between is handled together. */
export const TURN_MS = 3;
/** Below so many chunks a second nobody waits. */
export const BUSY_CHUNKS_PER_SECOND = 1_000;
/** Of more chunks in a turn the larger part of what gathering saves is saved. */
export const ENOUGH_CHUNKS = 64;

/** The rate is taken over so long. */
const RATE_OVER_MS = 100;

/**
 * How long to wait at the end of a turn of the event loop, in ms, so that the next one finds enough to do: 0 for a gateway
 * with little to do, and for one that comes to the end of a turn seldom enough. Pure.
 *
 * @param chunksPerSecond as they came lately
 * @param spentMs since the last turn ended
 */
export function waitMs(chunksPerSecond: number, spentMs: number): number {
  if (chunksPerSecond < BUSY_CHUNKS_PER_SECOND) return 0;
  const turnMs = Math.min(TURN_MS, (ENOUGH_CHUNKS / chunksPerSecond) * 1_000);
  return Math.max(0, turnMs - spentMs);
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Nothing is handled meanwhile; it waits in the sockets. */
function sleepHere(ms: number): void {
  Atomics.wait(sleeper, 0, 0, ms);
}

/** Something that is done once at the end of a turn, however often it became due in it. */
export interface TurnPart {
  turnEnded(): void;
}

/**
 * The end of a turn of the event loop: what many sessions have to do is done there once, for all of them, and a busy
 * gateway then waits a moment. People's chunks come one by one; woken for each of them, a gateway spends most of its time on
 * waking up, and Redis on reading and answering one command at a time. (A timer that gathers only what goes to Redis
 * leaves a wake-up for each frame.)
 */
export class TurnEnd {
  readonly #wait: (ms: number) => void;
  #parts: TurnPart[] = [];
  #awakeSince = 0;
  #chunks = 0;
  #rateSince = 0;
  #chunksPerSecond = 0;

  /** @param wait is to return after so long */
  constructor(wait: (ms: number) => void = sleepHere) {
    this.#wait = wait;
  }

  /** At the end of this turn; to be said once a turn. */
  later(part: TurnPart): void {
    if (this.#parts.length === 0) setImmediate(this.#end);
    this.#parts.push(part);
  }

  /** A chunk came. */
  chunk(): void {
    this.#chunks++;
  }

  readonly #end = (): void => {
    const parts = this.#parts;
    this.#parts = [];
    for (const part of parts) part.turnEnded();
    const now = performance.now();
    const sinceMs = now - this.#rateSince;
    if (sinceMs >= RATE_OVER_MS) {
      this.#chunksPerSecond = (this.#chunks * 1_000) / sinceMs;
      this.#chunks = 0;
      this.#rateSince = now;
    }
    const ms = waitMs(this.#chunksPerSecond, now - this.#awakeSince);
    if (ms > 0) this.#wait(ms);
    this.#awakeSince = ms > 0 ? performance.now() : now;
  };
}
