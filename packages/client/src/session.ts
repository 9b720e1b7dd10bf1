import { AudioBuffer, type Chunk } from './audio-buffer.js';
import { toBase64 } from './base64.js';
import { type Counters, count, newCounters } from './counters.js';
import { Deferred } from './deferred.js';
import { TributaryClientError } from './errors.js';
import { EventQueue } from './event-queue.js';
import { initialState, type SessionState } from './machine/state.js';
import type { Effect, Failure, Input, Note } from './machine/step.js';
import { transition } from './machine/transition.js';
import { wakeAtMs } from './machine/wake.js';
import { type CompleteOptions, type SessionHooks, type StartOptions, sessionSettings } from './options.js';
import { parseMessage } from './parse-message.js';
import { openSocket, type Socket } from './socket.js';
import type { ChunkMessage, FinalResult, SessionEvent, SilenceMessage } from './wire.js';

/** Longer timers ring at once (the delay is a signed 32-bit number). */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The longest silence that the server takes in one message. */
const MAX_SILENCE_MS = 60_000;

/**
 * One stream of speech. All that decides is in `machine/`; this carries out its effects: a socket, a timer,
 * the kept audio and the events that wait.
 */
export class Session implements AsyncIterable<SessionEvent> {
  readonly id: string;
  readonly counters: Readonly<Counters>;
  readonly #counters = newCounters();
  readonly #client: CompleteOptions;
  readonly #hooks: readonly SessionHooks[];
  readonly #audio: AudioBuffer;
  readonly #events = new EventQueue();
  readonly #ready = new Deferred<void>();
  readonly #final = new Deferred<FinalResult>();
  readonly #onEnd: (session: Session) => void;
  readonly #inputs: Input[] = [];
  #state: SessionState;
  #socket: Socket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  #finishing = false;
  #failure: TributaryClientError | null = null;
  #sentThrough = -1;

  /** Made by `TributaryClient`. Begins to connect at once. */
  constructor(
    client: CompleteOptions,
    options: StartOptions,
    address: number,
    onEnd: (session: Session) => void,
  ) {
    const settings = sessionSettings(client, options);
    this.id = settings.start.session_id;
    this.counters = this.#counters;
    this.#client = client;
    this.#hooks = [client.hooks, options];
    this.#onEnd = onEnd;
    this.#audio = new AudioBuffer(client.maxBufferedBytes, () => {
      this.#counters.chunksAccepted++;
      this.#dispatch({ type: 'audio' });
    });
    this.#state = initialState(settings, address, performance.now());
    this.#dispatch({ type: 'tick' });
  }

  /** Resolves when the server has taken the session; rejects when it never will. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Whoever has this and the id can resume the session. */
  get resumeToken(): string {
    return this.#state.resumeToken;
  }

  /** Bytes of audio kept because they may have to be sent again. */
  get bufferedBytes(): number {
    return this.#audio.bytes;
  }

  /** The last chunk that the server has used up; -1 for none. */
  get committedThrough(): number {
    return this.#state.committedThrough;
  }

  /**
   * Sends one chunk. `bytes` is copied, so it may be used again at once.
   * @returns the chunk's index, when there was room for it in the buffer; await it, and memory stays bounded
   * @throws TributaryClientError when the session has ended or `finish` was called
   */
  async send(bytes: Uint8Array): Promise<number> {
    this.#mustBeOpen();
    if (bytes.byteLength === 0) throw new TributaryClientError('invalid_argument', 'a chunk cannot be empty');
    return this.#audio.offer(bytes);
  }

  /**
   * Says that nothing was said for `ms` milliseconds (1 to 60,000), instead of sending it. Counts as a chunk.
   * @returns its index, as `send` does
   * @throws TributaryClientError as `send` does
   */
  async silence(ms: number): Promise<number> {
    this.#mustBeOpen();
    if (!Number.isInteger(ms) || ms < 1 || ms > MAX_SILENCE_MS) {
      throw new TributaryClientError('invalid_argument', `silence is 1 to ${MAX_SILENCE_MS} ms`);
    }
    return this.#audio.offer(ms);
  }

  /**
   * Ends the segment behind what was given to `send` so far, without waiting for a pause. The answer is one event
   * with `finalized: true`, empty when nothing was said; after a reconnect an empty one more may come.
   * @returns the index of the segment's last chunk; -1, and nothing happens, when nothing was sent yet
   * @throws TributaryClientError when the session has ended or `finish` was called
   */
  async finalize(): Promise<number> {
    this.#mustBeOpen();
    return this.#audio.behind(() => this.#dispatch({ type: 'finalize' }));
  }

  /** Ends the audio; chunks given to `send` before are sent first. May be called twice. */
  finish(): Promise<FinalResult> {
    if (!this.#finishing) {
      this.#finishing = true;
      void this.#audio.drained().then(() => this.#dispatch({ type: 'finish' }));
    }
    return this.#final.promise;
  }

  /** Stops here and now; iteration ends, and the server closes the session once its grace is over. */
  close(): void {
    this.#dispatch({ type: 'close' });
  }

  /** All events in order; throws a TributaryClientError when the session fails. For one reader. */
  [Symbol.asyncIterator](): AsyncIterator<SessionEvent, undefined> {
    return this.#events;
  }

  #mustBeOpen(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#finishing || this.#state.phase === 'ended') {
      throw new TributaryClientError('session_closed', 'the session takes no more audio');
    }
  }

  /** One input at a time: an effect may lead to the next one. */
  #dispatch(input: Input): void {
    this.#inputs.push(input);
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      const moment = { nowMs: performance.now(), random: this.#client.random() };
      const [state, effects] = transition(this.#state, next, moment);
      this.#state = state;
      for (const effect of effects) this.#carryOut(effect);
    }
    this.#busy = false;
    this.#setTimer();
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const atMs = wakeAtMs(this.#state);
    if (atMs === Number.POSITIVE_INFINITY) return;
    const delayMs = Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(atMs - performance.now())));
    this.#timer = setTimeout(() => this.#dispatch({ type: 'tick' }), delayMs);
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'connect':
        return this.#connect(this.#client.urls[effect.address]!);
      case 'disconnect':
        this.#socket?.abandon(effect.dead);
        this.#socket = null;
        return;
      case 'send':
        return this.#socket?.send(JSON.stringify(effect.message));
      case 'send-audio':
        for (let index = effect.from; index < effect.to; index++) this.#sendChunk(index);
        return;
      case 'drop':
        return this.#audio.dropThrough(effect.through);
      case 'deliver':
        this.#counters.events++;
        this.#events.push(effect.event);
        if (effect.event.type === 'final_result') this.#final.resolve(effect.event);
        return;
      case 'acked':
        this.#counters.acks++;
        return this.#tell((hooks) => hooks.onAck?.(effect.chunkIndex, effect.committedThrough));
      case 'note':
        return this.#note(effect.note);
      case 'end':
        return this.#end(effect.failure);
    }
  }

  #connect(url: string): void {
    this.#socket = openSocket(this.#client.WebSocket, url, {
      onOpen: () => this.#dispatch({ type: 'opened' }),
      onText: (text) => {
        const message = parseMessage(text);
        if (message !== null) this.#dispatch({ type: 'message', message });
      },
      onClose: (code, reason) => {
        this.#socket = null;
        this.#dispatch({ type: 'closed', code, reason });
      },
    });
  }

  #sendChunk(index: number): void {
    const chunk = this.#audio.get(index);
    if (chunk === undefined) return;
    this.#socket?.send(this.#frame(chunk, index));
    this.#counters.chunksSent++;
    this.#counters.bytesSent += typeof chunk === 'number' ? 0 : chunk.byteLength;
    if (index <= this.#sentThrough) this.#counters.chunksResent++;
    else this.#sentThrough = index;
  }

  #frame(chunk: Chunk, index: number): string | Uint8Array<ArrayBuffer> {
    const numbered = this.#client.binary ? {} : { chunk_index: index };
    if (typeof chunk === 'number') {
      const silence: SilenceMessage = { action: 'silence', session_id: this.id, ...numbered, ms: chunk };
      return JSON.stringify(silence);
    }
    if (this.#client.binary) return chunk;
    const message: ChunkMessage = {
      action: 'chunk',
      session_id: this.id,
      chunk_index: index,
      audio_data: toBase64(chunk),
    };
    return JSON.stringify(message);
  }

  #note(value: Note): void {
    count(this.#counters, value);
    if (value.type === 'started') this.#ready.resolve();
    const url = this.#client.urls['address' in value ? value.address : this.#state.address]!;
    this.#tell((hooks) => hooks.onConnection?.({ ...value, sessionId: this.id, url }));
  }

  #end(failure: Failure | null): void {
    const error = failure === null ? null : new TributaryClientError(failure.code, failure.message);
    this.#failure = error;
    const over = error ?? new TributaryClientError('session_closed', 'the session has ended');
    this.#events.end(error?.code === 'closed' ? null : error);
    this.#ready.reject(over);
    this.#final.reject(over);
    this.#audio.clear(over);
    this.#onEnd(this);
  }

  #tell(call: (hooks: SessionHooks) => void): void {
    for (const hooks of this.#hooks) {
      try {
        call(hooks);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
