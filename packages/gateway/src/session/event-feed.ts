import { type ChannelMessage, EVENTS_PAGE, type StoredEvent } from '@tributary/shared';
import type { SessionClient, SessionHost } from './session-host.js';

/** A client that has left so much unread gets the rest of a replay when it has caught up. */
const REPLAY_BACKLOG_BYTES = 262_144;

/** Of more events than this that came while others were being read it is not known when their audio was complete. */
const HINTS_KEPT = 32;

/** The index of a result's segment, which stands before its text. */
const SEGMENT = /^\{"type":"chunk_result",.*?"segment_index":(\d+)/;

/** What the session is told of the events that its client is given. */
export interface EventListener {
  /** The result of a segment was given. */
  segment(index: number): void;
  /** The client has the last event. */
  ended(): void;
  /** The session's id belongs to another incarnation, or was deleted: nothing more comes. */
  replaced(): void;
}

export interface EventFeedParts {
  host: Pick<SessionHost, 'metrics' | 'tracer' | 'logger' | 'redisNowMs'>;
  client: SessionClient;
  shard: number;
  sessionId: string;
  /** `seq` of the last event the client has. */
  lastSeq: number;
  /** One page of the session's own events past a `seq`; null when its id belongs to another incarnation. */
  readPage(afterSeq: number): Promise<readonly StoredEvent[] | null>;
  listener: EventListener;
}

/**
 * Gives one client its events, each once and in order of `seq`. Published events are a hint: on a gap, after a resume,
 * and when something is owed for long, the events stream is read in pages past the last one sent.
 */
export class EventFeed {
  readonly #host: EventFeedParts['host'];
  readonly #client: SessionClient;
  readonly #shard: number;
  readonly #sessionId: string;
  readonly #readPage: EventFeedParts['readPage'];
  readonly #listener: EventListener;
  #lastSeq: number;
  #filling = false;
  #fillAgain = false;
  #over = false;
  /** Published events that have to be read all the same, since others before them were missed. */
  #hints: ChannelMessage[] = [];

  constructor({ host, client, shard, sessionId, lastSeq, readPage, listener }: EventFeedParts) {
    this.#host = host;
    this.#client = client;
    this.#shard = shard;
    this.#sessionId = sessionId;
    this.#lastSeq = lastSeq;
    this.#readPage = readPage;
    this.#listener = listener;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** No further event is given to the client. */
  stop(): void {
    this.#over = true;
  }

  /** An event was published. */
  hint(message: ChannelMessage): void {
    const { number: seq, json } = message;
    if (this.#over) return;
    if (seq <= this.#lastSeq) {
      // A client may say that it has more than it was ever given: it waits for nothing that could still come.
      if (isFinal(json)) this.#end();
      return;
    }
    if (seq === this.#lastSeq + 1 && !this.#filling) return this.#give(seq, json, message);
    if (this.#hints.length < HINTS_KEPT) this.#hints.push(message);
    this.fill();
  }

  /** Reads what is owed past the last event sent. */
  fill(): void {
    if (this.#over) return;
    if (this.#filling) {
      this.#fillAgain = true;
      return;
    }
    this.#filling = true;
    this.#read()
      .catch((error: unknown) => {
        this.#host.logger.warn(
          { shard: this.#shard, session: this.#sessionId, err: String(error) },
          'events not read',
        );
      })
      .finally(() => {
        this.#filling = false;
        if (this.#fillAgain) {
          this.#fillAgain = false;
          this.fill();
        }
      });
  }

  async #read(): Promise<void> {
    while (!this.#over) {
      const page = await this.#readPage(this.#lastSeq);
      if (this.#over) return;
      if (page === null) {
        this.#over = true;
        this.#listener.replaced();
        return;
      }
      for (const { seq, json } of page) {
        if (this.#over) return;
        if (this.#client.backlogBytes > REPLAY_BACKLOG_BYTES) {
          this.#host.metrics.backpressure.inc({ kind: 'replay_wait' });
          await this.#client.drained();
        }
        if (seq === this.#lastSeq + 1) {
          this.#host.metrics.eventsFilled.inc();
          this.#give(seq, json, this.#hintOf(seq));
        }
      }
      if (page.length < EVENTS_PAGE) return;
    }
  }

  /** What was published of an event that then was read; hints of events before it are forgotten. */
  #hintOf(seq: number): ChannelMessage | undefined {
    if (this.#hints.length === 0) return undefined;
    const hint = this.#hints.find((each) => each.number === seq);
    this.#hints = this.#hints.filter((each) => each.number > seq);
    return hint;
  }

  #give(seq: number, json: string, hint: ChannelMessage | undefined): void {
    if (this.#over) return;
    const { metrics, tracer, redisNowMs } = this.#host;
    const span = tracer.begin('send', hint?.trace ?? '');
    this.#client.send(json);
    span.end();
    metrics.events.inc();
    if (hint?.heardMs !== undefined)
      metrics.resultSeconds.observe(Math.max(0, redisNowMs() - hint.heardMs) / 1_000);
    this.#lastSeq = seq;
    const segment = SEGMENT.exec(json);
    if (segment !== null) this.#listener.segment(Number(segment[1]));
    if (isFinal(json)) this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#listener.ended();
  }
}

function isFinal(json: string): boolean {
  return json.startsWith('{"type":"final_result"');
}
