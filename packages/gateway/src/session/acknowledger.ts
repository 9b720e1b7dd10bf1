import type { TurnPart } from '../turn-end.js';
import type { LedgerEntry } from './chunk-ledger.js';
import type { ClientVoice } from './client-voice.js';
import type { KnownMarks } from './known-marks.js';
import type { SessionHost } from './session-host.js';
import type { SessionPhase } from './session-phase.js';

type AcknowledgerHost = Pick<SessionHost, 'graceMs' | 'metrics' | 'turn'>;
type AcknowledgerVoice = Pick<ClientVoice, 'acknowledge'>;

/**
 * Acknowledges to a client what Redis has confirmed: chunks with an index one by one, and of the binary ones that were confirmed in
 * one turn only the last.
 *
 * A session that its deadline has closed goes on nowhere: what Redis confirms then may lie behind the end, where nobody
 * hears it. So nothing is acknowledged while the deadline may have passed, and nothing ever once it has.
 */
export class Acknowledger implements TurnPart {
  readonly #host: AcknowledgerHost;
  readonly #voice: AcknowledgerVoice;
  readonly #marks: KnownMarks;
  readonly #phase: SessionPhase;
  /** Highest binary chunk confirmed and not yet acknowledged; -1 for none. */
  #binary = -1;
  /** What waits until the session's deadline is known to be safe. */
  #withheld: LedgerEntry[] = [];
  #refreshedAt = 0;
  #over = false;
  /** Highest chunk that the service has; what is not committed of it, the client is owed events for. */
  confirmedThrough = -1;

  constructor(host: AcknowledgerHost, voice: AcknowledgerVoice, marks: KnownMarks, phase: SessionPhase) {
    this.#host = host;
    this.#voice = voice;
    this.#marks = marks;
    this.#phase = phase;
  }

  /** Something that Redis has confirmed waits until the session's deadline is known to be safe. */
  get withholds(): boolean {
    return this.#withheld.length > 0;
  }

  /** The session's deadline was moved, as asked for at this moment. */
  refreshed(sentAt: number): void {
    this.#refreshedAt = sentAt;
  }

  /** The session was ended by its own finish: no deadline concerns what was said before that. */
  finished(): void {
    this.#refreshedAt = Number.POSITIVE_INFINITY;
  }

  /** No further acknowledgement is given. */
  stop(): void {
    this.#over = true;
  }

  /** Redis has confirmed these, and all before them. */
  confirmed(entries: readonly LedgerEntry[]): void {
    if (this.#over) return;
    if (this.#phase.now === 'closed') {
      this.#withheld = [];
      return;
    }
    const all = this.#withheld.length > 0 ? [...this.#withheld, ...entries] : entries;
    const now = performance.now();
    if (now - this.#refreshedAt > this.#host.graceMs) {
      // The next refresh will tell. The chunks themselves are not kept for it: Redis has them, and nobody counts them any more.
      this.#withheld = all.map(({ n, chunkIndex, bytes, binary, at }) => ({
        n,
        chunkIndex,
        bytes,
        binary,
        at,
      }));
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
