import {
  CLOSE_CODES,
  type ErrorCode,
  errorMessage,
  type ServerMessage,
  type Slabs,
  type StartMessage,
  sessionOptions,
  type TraceContext,
} from '@tributary/shared';
import { nanoid } from 'nanoid';
import { LiveSession } from '../session/live-session.js';
import type { LiveSessionOptions } from '../session/live-session-options.js';
import type { SessionClient, SessionHost } from '../session/session-host.js';
import { readMessage } from './read-message.js';

/** The few things of a uWebSockets.js socket that are used, so that what is here can be read without it. */
export interface RawSocket {
  /** 1 sent, 0 queued, 2 dropped since too much is unread. */
  send(message: string): number;
  getBufferedAmount(): number;
  end(code: number, reason: string): void;
  close(): void;
}

/** What the upgrade of a connection said. */
export interface Upgrade {
  userId: string | null;
  /** For the sessions that bring none of their own; '' for none. */
  traceparent: string;
}

/** What all sockets of a gateway share. */
export interface SocketHost extends SessionHost {
  maxSessionsPerSocket: number;
  /** Where chunks are kept until Redis has them. */
  slabs: Slabs;
  /** Why new sessions are refused right now, or null. */
  overloaded(): { retryAfterMs: number } | null;
  attached(session: LiveSession): void;
  released(session: LiveSession): void;
}

/** Ids of sessions that ended on this socket, so that a late chunk is told so; the oldest are forgotten. */
const ENDED_IDS_KEPT = 64;
/** What `send` answers when the client has left too much unread. */
const DROPPED = 2;
const ALIVE = JSON.stringify({ type: 'ack', status: 'alive' } satisfies ServerMessage);
const DEFAULT_USER = 'anonymous';
const TOKEN_LENGTH = 24;

/** One client's connection: its messages in, its sessions, their events out. */
export class ClientSocket implements SessionClient {
  readonly #raw: RawSocket;
  readonly #host: SocketHost;
  readonly #userId: string;
  readonly #traceparent: string | undefined;
  readonly #sessions = new Map<string, LiveSession>();
  readonly #ended = new Set<string>();
  #binarySession: LiveSession | null = null;
  #closed = false;
  #drainWaiters: (() => void)[] = [];
  lastMessageAt = performance.now();

  constructor(raw: RawSocket, host: SocketHost, { userId, traceparent }: Upgrade) {
    this.#raw = raw;
    this.#host = host;
    this.#userId = userId ?? DEFAULT_USER;
    this.#traceparent = traceparent === '' ? undefined : traceparent;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get backlogBytes(): number {
    return this.#closed ? 0 : this.#raw.getBufferedAmount();
  }

  /** A text frame came; it is the caller's memory only for this turn. */
  onText(frame: Buffer): void {
    this.lastMessageAt = performance.now();
    const parsed = readMessage(frame, this.#host.slabs);
    if (!parsed.ok) {
      const { code, detail, sessionId, chunkIndex } = parsed;
      this.#error(code, {
        ...(detail === undefined ? {} : { detail }),
        ...(sessionId === undefined ? {} : { session_id: sessionId }),
        ...(chunkIndex === undefined ? {} : { chunk_index: chunkIndex }),
      });
      return;
    }
    const { message } = parsed;
    switch (message.action) {
      case 'start':
        return this.#start(message);
      case 'resume': {
        const { session_id, resume_token, last_seq, next_chunk_index, traceparent } = message;
        const present = this.#sessions.get(session_id);
        if (present?.goOn(resume_token, next_chunk_index ?? null)) {
          this.#binarySession = present;
          return;
        }
        present?.release();
        return this.#open('resume', {
          sessionId: session_id,
          token: resume_token,
          userId: this.#userId,
          options: '{}',
          asksFor: null,
          // What was already sent on this very socket may still be on its way to the client.
          lastSeq: Math.max(last_seq, present?.delivery.lastSeq ?? 0),
          nextBinaryIndex: next_chunk_index ?? null,
          resends: true,
          trace: this.#traceOf(traceparent),
        });
      }
      case 'silence': {
        const { session_id, chunk_index, ms } = message;
        return this.#withSession(session_id, chunk_index, (session) =>
          session.intake.silence(ms, chunk_index),
        );
      }
      case 'finalize': {
        const { session_id, chunk_index } = message;
        return this.#withSession(session_id, chunk_index, (session) => session.intake.finalize(chunk_index));
      }
      case 'keepalive':
        return this.send(ALIVE);
      case 'finish':
        return this.#withSession(message.session_id, undefined, (session) => session.intake.finish());
      case 'chunk': {
        const { session_id, chunk_index, audio } = message;
        return this.#withSession(session_id, chunk_index, (session) => {
          if (audio === null) this.#error('invalid_audio_data', { session_id, chunk_index });
          else session.intake.chunk(chunk_index, audio);
        });
      }
    }
  }

  /** A binary frame came; it is the caller's memory only for this turn, so it is copied. */
  onBinary(frame: ArrayBuffer): void {
    this.lastMessageAt = performance.now();
    if (this.#binarySession === null) return this.#error('no_binary_session');
    this.#binarySession.intake.binary(this.#host.slabs.copy(new Uint8Array(frame)));
  }

  /** The client has read some of what was waiting for it. */
  onDrain(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const wake of waiters) wake();
  }

  /** The connection is gone; its sessions wait for a resume until their deadline. */
  onClose(): void {
    this.#closed = true;
    for (const session of [...this.#sessions.values()]) session.release();
    this.onDrain();
  }

  send(json: string): void {
    // The library only stops reading then, which a client that never stops sending does not notice.
    if (this.#closed || this.#raw.send(json) !== DROPPED) return;
    this.#host.metrics.backpressure.inc({ kind: 'slow_reader' });
    this.#raw.close();
  }

  async drained(): Promise<void> {
    if (this.#closed) return;
    await new Promise<void>((resolve) => this.#drainWaiters.push(resolve));
  }

  attached(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (session !== undefined) this.#host.attached(session);
  }

  released(sessionId: string): void {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return;
    this.#sessions.delete(sessionId);
    if (this.#binarySession === session) this.#binarySession = null;
    if (session.wasAttached) this.#ended.add(sessionId);
    const [oldest] = this.#ended;
    if (this.#ended.size > ENDED_IDS_KEPT && oldest !== undefined) this.#ended.delete(oldest);
    this.#host.released(session);
  }

  /** Tells the client something that concerns the whole connection. */
  tell(message: ServerMessage): void {
    this.send(JSON.stringify(message));
  }

  /** Closes the connection with a code that says whether to come back. */
  end(code: number, reason: string): void {
    if (!this.#closed) this.#raw.end(code, reason);
  }

  /** Nothing was received for too long. */
  endIdle(): void {
    this.#error('idle_timeout');
    this.end(CLOSE_CODES.idle_timeout, 'idle');
  }

  #start(message: StartMessage): void {
    const about = message.session_id === undefined ? {} : { session_id: message.session_id };
    const overload = this.#host.overloaded();
    if (overload !== null)
      return this.#error('overloaded', { ...about, retry_after_ms: overload.retryAfterMs });
    const sessionId = message.session_id ?? nanoid();
    const present = this.#sessions.get(sessionId);
    if (present !== undefined) {
      if (message.resume_token === undefined) return this.#error('session_exists', about);
      present.release();
    }
    const options = sessionOptions(message);
    this.#open('start', {
      sessionId,
      token: message.resume_token ?? nanoid(TOKEN_LENGTH),
      userId: message.user_id ?? this.#userId,
      options: JSON.stringify(options),
      asksFor: options,
      lastSeq: 0,
      nextBinaryIndex: 0,
      resends: message.resume_token !== undefined,
      trace: this.#traceOf(message.traceparent),
    });
  }

  #open(how: 'start' | 'resume', options: LiveSessionOptions): void {
    if (this.#sessions.size >= this.#host.maxSessionsPerSocket) {
      return this.#error('too_many_sessions', { session_id: options.sessionId });
    }
    const session = new LiveSession(this.#host, this, options);
    this.#ended.delete(options.sessionId);
    this.#sessions.set(options.sessionId, session);
    this.#binarySession = session;
    session.open(how).catch((error: unknown) => {
      const { id, shard } = session;
      this.#host.logger.error({ shard, session: id, err: String(error) }, 'session not opened');
      session.release();
    });
  }

  #traceOf(own: string | undefined): TraceContext {
    return this.#host.tracer.sessionContext(own ?? this.#traceparent);
  }

  #withSession(id: string, chunkIndex: number | undefined, use: (session: LiveSession) => void): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) return use(session);
    const code = this.#ended.has(id) ? 'session_closed' : 'unknown_session';
    this.#error(code, { session_id: id, ...(chunkIndex === undefined ? {} : { chunk_index: chunkIndex }) });
  }

  #error(code: ErrorCode, fields: Parameters<typeof errorMessage>[1] = {}): void {
    this.#host.metrics.errors.inc({ code });
    this.tell(errorMessage(code, fields));
  }
}
