import { EVENTS_PAGE, readEvents } from '@tributary/shared';
import type { SessionClient, SessionHost } from './session-host.js';

/** A client that has left so much unread gets the rest of a replay when it has caught up. */
const REPLAY_BACKLOG_BYTES = 262_144;

/**
 * Gives one client its events, each once and in order of `seq`. Published events are a hint: on a gap, after a resume,
 * and when something is owed for long, the events stream is read in pages past the last one sent.
 */
export class EventFeed {
  readonly #host: SessionHost;
  readonly #client: SessionClient;
  readonly #shard: number;
  readonly #sessionId: string;
  readonly #ended: () => void;
  #lastSeq: number;
  #filling = false;
  #fillAgain = false;
  #over = false;

  constructor(
    host: SessionHost,
    client: SessionClient,
    place: { shard: number; sessionId: string; lastSeq: number },
    ended: () => void,
  ) {
    this.#host = host;
    this.#client = client;
    this.#shard = place.shard;
    this.#sessionId = place.sessionId;
    this.#lastSeq = place.lastSeq;
    this.#ended = ended;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** No further event is given to the client. */
  stop(): void {
    this.#over = true;
  }

  /** An event was published; `heardMs`: when its audio was complete, by Redis' clock. */
  hint(seq: number, json: string, heardMs?: number): void {
    if (this.#over || seq <= this.#lastSeq) return;
    if (seq !== this.#lastSeq + 1 || this.#filling) return this.fill();
    this.#give(seq, json);
    if (heardMs === undefined) return;
    const { metrics, redisNowMs } = this.#host;
    metrics.resultSeconds.observe(Math.max(0, redisNowMs() - heardMs) / 1_000);
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
        this.#host.logger.warn({ session: this.#sessionId, err: String(error) }, 'events not read');
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
      const page = await readEvents(this.#host.redis, this.#shard, this.#sessionId, this.#lastSeq);
      for (const { seq, json } of page) {
        if (this.#over) return;
        if (this.#client.backlogBytes > REPLAY_BACKLOG_BYTES) {
          this.#host.metrics.backpressure.inc({ kind: 'replay_wait' });
          await this.#client.drained();
        }
        if (seq === this.#lastSeq + 1) {
          this.#host.metrics.eventsFilled.inc();
          this.#give(seq, json);
        }
      }
      if (page.length < EVENTS_PAGE) return;
    }
  }

  #give(seq: number, json: string): void {
    if (this.#over) return;
    this.#client.send(json);
    this.#host.metrics.events.inc();
    this.#lastSeq = seq;
    if (json.startsWith('{"type":"final_result"')) {
      this.#over = true;
      this.#ended();
    }
  }
}
