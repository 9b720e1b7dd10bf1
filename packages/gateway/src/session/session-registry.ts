import { type Logger, parseChannelPayload, type RedisClient, touchSessions } from '@tributary/shared';
import type { LiveSession } from './live-session.js';

/** Deadlines of so many sessions of one shard are moved in one script. */
const TOUCH_PAGE = 200;

/** All sessions of a gateway by id: messages from workers and routers find their session here. */
export class SessionRegistry {
  readonly #byId = new Map<string, LiveSession>();

  get size(): number {
    return this.#byId.size;
  }

  /**
   * A session was attached; one of the same id on another socket here is superseded. Not before it was attached:
   * whoever merely asks for another's session must not take its events.
   */
  add(session: LiveSession): void {
    const earlier = this.#byId.get(session.id);
    this.#byId.set(session.id, session);
    if (earlier !== undefined && earlier !== session) earlier.supersede();
  }

  remove(session: LiveSession): void {
    if (this.#byId.get(session.id) === session) this.#byId.delete(session.id);
  }

  values(): IterableIterator<LiveSession> {
    return this.#byId.values();
  }

  /** What was published on this gateway's channel. */
  deliver(payload: string): void {
    parseChannelPayload(payload, (message) => {
      const { kind, sessionId, stamp, number, json } = message;
      const session = this.#byId.get(sessionId);
      if (session === undefined) return;
      if (kind === 'event') session.delivery.event(message);
      else if (kind === 'partial') session.delivery.partial(stamp, number, json);
      else if (kind === 'notice') session.delivery.notice(stamp, json);
      else if (kind === 'committed') session.delivery.committed(stamp, json);
      else if (kind === 'hole') session.hole(stamp, number);
      else if (kind === 'taken') session.taken(stamp);
      else session.deleted(stamp);
    });
  }

  /**
   * Moves the deadlines of all sessions whose client is here.
   *
   * @param isKnown whether a run of Redis has been noticed, and these sessions restored there if need be
   */
  async refresh(
    redis: RedisClient,
    graceMs: number,
    isKnown: (runId: string) => boolean,
    logger: Logger,
  ): Promise<void> {
    const byShard = new Map<number, LiveSession[]>();
    for (const session of this.#byId.values()) {
      if (!session.needsRefresh) continue;
      const group = byShard.get(session.shard);
      if (group === undefined) byShard.set(session.shard, [session]);
      else group.push(session);
    }
    const pages: Promise<void>[] = [];
    for (const [shard, sessions] of byShard) {
      for (let at = 0; at < sessions.length; at += TOUCH_PAGE) {
        pages.push(this.#touch(redis, shard, sessions.slice(at, at + TOUCH_PAGE), graceMs, isKnown));
      }
    }
    for (const outcome of await Promise.allSettled(pages)) {
      if (outcome.status === 'rejected') logger.warn({ err: String(outcome.reason) }, 'deadlines not moved');
    }
  }

  async #touch(
    redis: RedisClient,
    shard: number,
    sessions: readonly LiveSession[],
    graceMs: number,
    isKnown: (runId: string) => boolean,
  ): Promise<void> {
    const sentAt = performance.now();
    const asked = sessions.map((session) => ({ sessionId: session.id, epoch: session.epoch }));
    const { runId, answers } = await touchSessions(redis, shard, asked, graceMs);
    // A Redis that came back older than it was does not know what has become of a session.
    if (!isKnown(runId)) return;
    sessions.forEach((session, i) => {
      const answer = answers[i];
      // The epoch may have been raised by ourselves meanwhile.
      if (answer !== undefined && session.epoch === asked[i]?.epoch) session.refreshed(answer, sentAt);
    });
  }
}
