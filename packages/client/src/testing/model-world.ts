import { initialState, type SessionSettings, type SessionState } from '../machine/state.js';
import type { Effect, Failure, Input } from '../machine/step.js';
import { transition } from '../machine/transition.js';
import { wakeAtMs } from '../machine/wake.js';
import type { SessionEvent } from '../wire.js';
import { type Frame, ModelConnection, ModelServer } from './model-server.js';

/** The machine, the model of a server, and a network between them that is slow and breaks. */
export class ModelWorld {
  readonly server: ModelServer;
  readonly delivered: SessionEvent[] = [];
  ended: { failure: Failure | null } | null = null;
  state: SessionState;
  nowMs = 0;
  /** Frames on their way to the server. */
  #up: Frame[] = [];
  #connection: ModelConnection | null = null;
  /** Sockets the client gave up, whose last frames still arrive. */
  #stale: { connection: ModelConnection; up: Frame[] }[] = [];
  #opening = false;
  #swallowing = false;
  #droppedThrough = -1;
  readonly #random: () => number;

  constructor(settings: SessionSettings, random: () => number) {
    this.server = new ModelServer(settings.start.session_id);
    this.state = initialState(settings, 0, 0);
    this.#random = random;
  }

  get connection(): ModelConnection | null {
    return this.#connection;
  }

  do(input: Input): void {
    const [state, effects] = transition(this.state, input, { nowMs: this.nowMs, random: this.#random() });
    this.state = state;
    for (const effect of effects) this.#carryOut(effect);
    if (state.keptFrom > this.server.committed + 1) throw new Error('dropped audio that is not committed');
    if (
      this.#connection === null &&
      !this.#opening &&
      ['attaching', 'streaming', 'paused'].includes(state.phase)
    ) {
      throw new Error(`${state.phase} without a connection`);
    }
  }

  /** Lets up to `count` frames and as many messages through, frames first. */
  exchange(count: number): void {
    if (this.#opening) {
      this.#opening = false;
      this.#swallowing = false;
      this.#connection = new ModelConnection();
      this.do({ type: 'opened' });
    }
    if (this.#swallowing) return this.#swallow();
    for (let i = 0; i < count && this.#connection !== null && this.#up.length > 0; i++) {
      this.server.receive(this.#connection, this.#up.shift()!);
    }
    for (let i = 0; i < count; i++) {
      const message = this.#connection?.out.shift();
      if (message !== undefined) this.do({ type: 'message', message });
    }
  }

  /** Frames that a former socket had taken arrive late. */
  exchangeStale(): void {
    const stale = this.#stale.shift();
    if (stale === undefined) return;
    for (const frame of stale.up) this.server.receive(stale.connection, frame);
  }

  /** The socket breaks: answers are lost, and of what was sent the first `arriving` frames come through, now or late. */
  drop(arriving: number, late: boolean, code = 1006): void {
    if (this.#connection === null && !this.#opening) return;
    this.#opening = false;
    this.#forget(arriving, late);
    this.do({ type: 'closed', code, reason: '' });
  }

  /** From now on nothing passes on this socket, in either direction, and nobody is told. */
  blackHole(): void {
    this.#swallowing = true;
  }

  pass(ms: number): void {
    this.nowMs += ms;
    this.do({ type: 'tick' });
  }

  /** Good weather from now on: the application finishes, and everything arrives. */
  settle(): void {
    this.server.overloaded = 0;
    this.do({ type: 'finish' });
    for (let round = 0; round < 500 && this.ended === null; round++) {
      this.exchange(1_000);
      this.exchangeStale();
      if (this.#up.length === 0 && (this.#connection?.out.length ?? 0) === 0) {
        this.server.conclude();
        const wake = wakeAtMs(this.state);
        if (Number.isFinite(wake)) this.nowMs = Math.max(this.nowMs, wake);
        this.exchange(1_000);
        this.do({ type: 'tick' });
      }
    }
  }

  #swallow(): void {
    this.#up = [];
    if (this.#connection !== null) this.#connection.out.length = 0;
  }

  #forget(arriving: number, late: boolean): void {
    if (this.#swallowing) this.#swallow();
    const connection = this.#connection;
    const up = this.#up.slice(0, arriving);
    this.#up = [];
    this.#connection = null;
    if (connection === null) return;
    if (late) this.#stale.push({ connection, up });
    else for (const frame of up) this.server.receive(connection, frame);
    if (!late) this.server.closed(connection);
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'connect':
        this.#opening = true;
        return;
      case 'disconnect':
        this.#opening = false;
        return this.#forget(1_000, this.#random() < 0.5);
      case 'send':
        if (this.#connection === null) throw new Error('sent without a connection');
        this.#up.push(effect.message);
        return;
      case 'send-audio':
        for (let index = effect.from; index < effect.to; index++) {
          if (index <= this.#droppedThrough) throw new Error(`chunk ${index} is to be sent, but was dropped`);
          this.#up.push({ action: 'chunk', chunk_index: this.state.settings.binary ? null : index });
        }
        return;
      case 'deliver':
        this.delivered.push(effect.event);
        return;
      case 'end':
        if (this.ended !== null) throw new Error('ended twice');
        this.ended = { failure: effect.failure };
        return;
      case 'drop':
        this.#droppedThrough = effect.through;
        return;
      case 'acked':
      case 'note':
        return;
    }
  }
}
