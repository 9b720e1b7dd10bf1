import type { Mark } from '@tributary/shared';

/** A mark, and the `seq` that was taken by then. */
export interface KnownMark {
  seq: number;
  mark: Mark;
}

/** Marks kept that are ahead of the client's events; of more, the oldest is dropped. */
const MARKS_AHEAD = 16;

/**
 * The marks that a session has heard of. A client may let go of audio only when it has all events up to the mark: should
 * Redis lose the commit, what the client has been given is in PostgreSQL, or on its way there, and its mark can be
 * restored. Pure.
 */
export class KnownMarks {
  #newest: KnownMark | null = null;
  #ahead: KnownMark[] = [];
  #committedThrough = -1;

  /** The client may let go of chunks up to this one. What it was told once stays told, even if Redis has forgotten it. */
  get committedThrough(): number {
    return this.#committedThrough;
  }

  /** Newest mark whose events the client has. */
  get newest(): KnownMark | null {
    return this.#newest;
  }

  /** One of the events of a newer mark is still on its way to the client. */
  get areAhead(): boolean {
    return this.#ahead.length > 0;
  }

  /** Redis has told how things stand; marks heard of before count no more. */
  begin(committedThrough: number, known: KnownMark | null, lastSeq: number): void {
    this.#committedThrough = Math.max(this.#committedThrough, committedThrough);
    this.#newest = null;
    this.#ahead = [];
    if (known !== null) this.learn(known, lastSeq);
  }

  learn(known: KnownMark, lastSeq: number): void {
    this.#ahead.push(known);
    this.given(lastSeq);
    if (this.#ahead.length > MARKS_AHEAD) this.#ahead.shift();
  }

  /** The client has its events up to this one. */
  given(lastSeq: number): void {
    for (let next = this.#ahead[0]; next !== undefined && next.seq <= lastSeq; next = this.#ahead[0]) {
      this.#ahead.shift();
      this.#newest = next;
      this.#committedThrough = Math.max(this.#committedThrough, next.mark.chunk - 1);
    }
  }
}
