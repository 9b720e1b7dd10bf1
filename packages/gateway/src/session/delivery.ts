import { type ChannelMessage, readEventsOf, type Stamp } from '@tributary/shared';
import type { ClientVoice } from './client-voice.js';
import { EventFeed } from './event-feed.js';
import type { KnownMark, KnownMarks } from './known-marks.js';
import { OwedWatch } from './owed-watch.js';
import type { SessionClient, SessionHost } from './session-host.js';
import type { SessionPhase } from './session-phase.js';

export interface DeliveryParts {
  host: SessionHost;
  client: SessionClient;
  voice: ClientVoice;
  phase: SessionPhase;
  marks: KnownMarks;
  sessionId: string;
  shard: number;
  /** `seq` of the last event the client has. */
  lastSeq: number;
  /** The client has its last event. */
  ended(): void;
  /** The session's id belongs to another incarnation, or was deleted. */
  replaced(): void;
}

/** What workers and routers have for a session's client: events, each once and in order, marks, and what is told live only. */
export class Delivery {
  readonly #voice: ClientVoice;
  readonly #phase: SessionPhase;
  readonly #marks: KnownMarks;
  readonly #feed: EventFeed;
  readonly #owed = new OwedWatch();
  /** Segment of the newest `chunk_result` given to the client; -1 for none. */
  #lastSegment = -1;
  /** What is published or stored of another incarnation is not for this client; '' before the session was attached. */
  incarnation: Stamp = '';

  constructor(parts: DeliveryParts) {
    const { host, client, voice, phase, marks, sessionId, shard, lastSeq, ended, replaced } = parts;
    this.#voice = voice;
    this.#phase = phase;
    this.#marks = marks;
    const segment = (index: number): void => {
      this.#lastSegment = index;
    };
    this.#feed = new EventFeed({
      host,
      client,
      shard,
      sessionId,
      lastSeq,
      readPage: (afterSeq) =>
        readEventsOf(host.redis, shard, { sessionId, incarnation: this.incarnation }, afterSeq),
      listener: { ended, replaced, segment },
    });
  }

  /** `seq` of the last event given to the client. */
  get lastSeq(): number {
    return this.#feed.lastSeq;
  }

  /** An event was published. */
  event(message: ChannelMessage): void {
    if (message.stamp !== this.incarnation) return;
    this.#owed.came();
    this.#feed.hint(message);
    this.#marks.given(this.#feed.lastSeq);
  }

  /** An interim result was published. Those of a segment that is final already have been overtaken. */
  partial(incarnation: Stamp, segment: number, json: string): void {
    if (segment > this.#lastSegment) this.notice(incarnation, json);
  }

  /** Something was published that the client may miss: a slow reader does. */
  notice(incarnation: Stamp, json: string): void {
    if (incarnation !== this.incarnation) return;
    if (this.#phase.now === 'open' || this.#phase.now === 'finishing') this.#voice.mention(json);
  }

  /** A worker has moved the session's mark; `json` is the mark and the seq that was taken by then. */
  committed(incarnation: Stamp, json: string): void {
    if (incarnation !== this.incarnation) return;
    this.#marks.learn(JSON.parse(json) as KnownMark, this.#feed.lastSeq);
  }

  /** Events may have been missed: look. */
  look(): void {
    if (this.#phase.now !== 'attaching') this.#feed.fill();
  }

  /**
   * Called several times a second. What was published may have been missed, also the last of it, behind which nothing
   * comes that would show it: so while something is owed it is looked at once in a while.
   *
   * @param confirmedThrough highest chunk that the service has; what is not committed of it, the client is owed events for
   */
  tick(now: number, confirmedThrough: number): void {
    if (this.#marks.areAhead) this.#marks.given(this.#feed.lastSeq);
    const isOwed =
      this.#phase.isFinished || this.#marks.areAhead || confirmedThrough > this.#marks.committedThrough;
    if (this.#owed.isDue(isOwed, now)) this.#feed.fill();
  }

  /** No further event is given to the client. */
  stop(): void {
    this.#feed.stop();
  }
}
