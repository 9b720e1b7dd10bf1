import { compareStamps, type Stamp } from '@tributary/shared';

/** Entries of sessions that are gone may still arrive for a while; then they are looked up again. */
const FORGET_GONE_MS = 60_000;

export interface KnownSession {
  readonly id: string;
  readonly incarnation: Stamp;
  /** It goes, or another one took its place: whatever it still has open is given up. */
  close(): void;
}

/** Ended, deleted, or never there, since some stream time. */
interface Gone {
  incarnation: Stamp;
  sinceMs: number;
}

/**
 * What is known of the session ids of a shard: being recognised, or gone. Short sessions leave many that are gone behind them;
 * they are kept apart, so that what is done for all that are recognised several times a second does not meet them.
 */
export class ShardSessions<Session extends KnownSession> {
  readonly #active = new Map<string, Session>();
  /** In the order in which they went. */
  readonly #gone = new Map<string, Gone>();

  /** Sessions being recognised. */
  get size(): number {
    return this.#active.size;
  }

  /** Those being recognised. One that goes meanwhile does not come. */
  values(): IterableIterator<Session> {
    return this.#active.values();
  }

  /** The session with this id, when it is being recognised. */
  get(sessionId: string): Session | undefined {
    return this.#active.get(sessionId);
  }

  /** Nothing is known of this id, or only of an earlier incarnation than this one. */
  isNews(sessionId: string, incarnation: Stamp | null): boolean {
    const known = this.#active.get(sessionId) ?? this.#gone.get(sessionId);
    if (known === undefined) return true;
    return incarnation !== null && compareStamps(incarnation, known.incarnation) > 0;
  }

  opened(session: Session): void {
    this.#gone.delete(session.id);
    this.#active.get(session.id)?.close();
    this.#active.set(session.id, session);
  }

  /** A session of this id was looked for, and there is none to recognise. */
  gone(sessionId: string, incarnation: Stamp, sinceMs: number): void {
    this.#active.get(sessionId)?.close();
    this.#active.delete(sessionId);
    this.#gone.delete(sessionId);
    this.#gone.set(sessionId, { incarnation, sinceMs });
  }

  /** A session has ended, or was deleted. An id that was begun anew meanwhile stays what it is. */
  ended(session: Session, sinceMs: number): void {
    if (this.#active.get(session.id) === session) this.gone(session.id, session.incarnation, sinceMs);
  }

  /** Forgets what went long ago. */
  forgetGone(nowMs: number): void {
    for (const [id, { sinceMs }] of this.#gone) {
      if (nowMs - sinceMs <= FORGET_GONE_MS) return;
      this.#gone.delete(id);
    }
  }
}
