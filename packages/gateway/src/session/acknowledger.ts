import type { TurnPart } from '../turn-end.js';
import type { LedgerEntry } from './chunk-ledger.js';
import type { ClientVoice } from './client-voice.js';
import type { KnownMarks } from './known-marks.js';
import type { SessionHost } from './session-host.js';

/**
 * Acknowledges to a client what Redis has confirmed: chunks with an index one by one, and of the binary ones that were confirmed in
 * one turn only the last.
 */
export class Acknowledger implements TurnPart {
  readonly #host: SessionHost;
  readonly #voice: ClientVoice;
  readonly #marks: KnownMarks;
  /** Highest binary chunk confirmed and not yet acknowledged; -1 for none. */
  #binary = -1;
  /** What waits until the session's deadline is known to be safe. */
  #withheld: LedgerEntry[] = [];
  #refreshedAt = 0;
  #over = false;
  /** Highest chunk that the service has; what is not committed of it, the client is owed events for. */
  confirmedThrough = -1;

  constructor(host: SessionHost, voice: ClientVoice, marks: KnownMarks) {
    this.#host = host;
    this.#voice = voice;
    this.#marks = marks;
  }

  /** The session's deadline was moved, as asked for at this moment. */
  refreshed(sentAt: number): void {
    this.#refreshedAt = sentAt;
  }

  /** No further acknowledgement is given. */
  stop(): void {
    this.#over = true;
  }

  /** @param mayBeClosed the session has a deadline that can have passed */
  confirmed(entries: readonly LedgerEntry[], mayBeClosed: boolean): void {
    if (this.#over) return;
    const all = this.#withheld.length > 0 ? [...this.#withheld, ...entries] : entries;
    const now = performance.now();
    if (mayBeClosed && now - this.#refreshedAt > this.#host.graceMs) {
      // The session may have been closed by its deadline; the next refresh will tell.
      this.#withheld = [...all];
      return;
    }
    if (this.#withheld.length > 0) this.#withheld = [];
    for (const { chunkIndex, binary, at } of all) {
      if (chunkIndex === null) continue;
      this.confirmedThrough = Math.max(this.confirmedThrough, chunkIndex);
      this.#host.metrics.ackSeconds.observe((now - at) / 1_000);
      if (binary) this.#atTurnEnd(chunkIndex);
      else this.#voice.acknowledge(chunkIndex, this.#marks.committedThrough);
    }
  }

  #atTurnEnd(chunkIndex: number): void {
    if (this.#binary < 0) this.#host.turn.later(this);
    this.#binary = Math.max(this.#binary, chunkIndex);
  }

  turnEnded(): void {
    if (!this.#over) this.#voice.acknowledge(this.#binary, this.#marks.committedThrough);
    this.#binary = -1;
  }
}
