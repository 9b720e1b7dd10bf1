import type { ServerMessage } from '@tributary/shared';
import { Connection } from './connection.js';
import type { FrameMemory } from './frame-socket.js';
import type { LoadPlan } from './load-messages.js';
import type { Recorder } from './recorder.js';
import { retryDelayMs } from './retry.js';
import { SpokenSession, type SpokenSessionHost } from './spoken-session.js';
import type { Utterance } from './utterance.js';

export interface LoadClientOptions {
  readonly plan: LoadPlan;
  readonly recorder: Recorder;
  readonly memory: FrameMemory;
  /** Number of this client in the whole run. */
  readonly slot: number;
  /** What its `n`th session says. */
  utterance(slot: number, n: number): Utterance;
  wakeAt(client: LoadClient, atMs: number): void;
  gone(client: LoadClient): void;
}

/** A client: one socket that stays, and session after session on it. */
export class LoadClient implements SpokenSessionHost {
  readonly plan: LoadPlan;
  readonly recorder: Recorder;
  readonly #options: LoadClientOptions;
  readonly #connection: Connection;
  #session: SpokenSession | null = null;
  #sessions = 0;
  #refusals = 0;
  #leaving = false;
  /** When it is woken next: more than one wake at a time would multiply. */
  #wakesAtMs = Number.POSITIVE_INFINITY;
  #waiting: NodeJS.Timeout | null = null;
  /** Sessions that ended: what still comes for them is not foreign. */
  #previousId = '';

  constructor(options: LoadClientOptions) {
    this.#options = options;
    this.plan = options.plan;
    this.recorder = options.recorder;
    this.#connection = new Connection(options.plan.urls, options.slot, options.recorder, options.memory, {
      opened: () => this.#opened(),
      message: (text) => this.#message(text),
      closed: () => options.gone(this),
    });
  }

  begin(): void {
    this.#connection.connect();
  }

  /** Ends what it says and goes. */
  leave(): void {
    this.#leaving = true;
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    if (this.#session === null) this.#connection.close();
    else this.#session.cutShort();
  }

  /** Gives up whatever is still open. */
  abandon(reason: string): void {
    this.#leaving = true;
    if (this.#session !== null) this.#session.giveUp('unfinished', reason);
    else this.#connection.close();
  }

  speak(nowMs: number): void {
    if (nowMs >= this.#wakesAtMs) this.#wakesAtMs = Number.POSITIVE_INFINITY;
    this.#session?.speak(nowMs);
  }

  /** Looks, now and then, whether the session should have ended. */
  look(nowMs: number): void {
    const overdue = this.#session?.overdueAtMs ?? 0;
    if (overdue > 0 && nowMs > overdue)
      this.#session?.giveUp('unfinished', `no final result ${this.plan.finishMs} ms after the finish`);
  }

  send(data: string | Buffer): void {
    if (this.#connection.isOpen) this.#connection.send(data);
  }

  wakeAt(atMs: number): void {
    if (atMs >= this.#wakesAtMs) return;
    this.#wakesAtMs = atMs;
    this.#options.wakeAt(this, atMs);
  }

  moveElsewhere(): void {
    this.#connection.move();
  }

  ended(session: SpokenSession): void {
    this.#previousId = session.id;
    this.#session = null;
    this.#refusals = 0;
    if (this.#leaving) this.#connection.close();
    else if (this.#connection.isOpen) this.#start();
  }

  refused(_session: SpokenSession, retryAfterMs: number | undefined): void {
    this.#session = null;
    if (this.#leaving) return this.#connection.close();
    const delayMs = retryDelayMs(this.#refusals++, retryAfterMs, Math.random());
    this.#waiting = setTimeout(() => {
      if (this.#session === null && this.#connection.isOpen) this.#start();
    }, delayMs);
  }

  #opened(): void {
    if (this.#session !== null) this.#session.connected();
    else if (this.plan.speaks) this.#start();
  }

  #start(): void {
    const { slot, utterance } = this.#options;
    const n = this.#sessions++;
    const id = `${this.plan.run}-${slot}-${n}`;
    const exact = this.plan.voice === 'noise';
    const token = `token-${id}-${Math.random().toString(36).slice(2, 12)}`;
    this.#session = new SpokenSession(this, id, token, utterance(slot, n), exact);
    this.#session.connected();
  }

  #message(text: string): void {
    let message: ServerMessage;
    try {
      message = JSON.parse(text) as ServerMessage;
    } catch {
      this.recorder.complain('?', [{ kind: 'unreadable', detail: 'a message that is not JSON' }]);
      return;
    }
    const about = 'session_id' in message ? message.session_id : undefined;
    if (this.#session !== null && (about === undefined || about === this.#session.id))
      return this.#session.message(message);
    if (about === undefined && message.type === 'reconnect') return this.#connection.move();
    // An acknowledgement may follow the final result; nothing else may.
    if (about === this.#previousId && message.type === 'ack') return;
    if (about === this.#previousId && message.type === 'chunk_result')
      return this.recorder.complain(about, [{ kind: 'doubled', detail: 'a segment after the end' }]);
    this.recorder.complain(about ?? '?', [{ kind: 'foreign', detail: `${message.type} of another session` }]);
  }
}
