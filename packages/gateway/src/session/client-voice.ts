import { type ErrorCode, errorMessage, type ServerMessage } from '@tributary/shared';
import type { SessionClient, SessionHost } from './session-host.js';

/** A client that has left so much unread is told nothing that it can do without. */
const LIVE_BACKLOG_BYTES = 16_384;

/** What a session says to its client, events apart. */
export class ClientVoice {
  readonly #host: SessionHost;
  readonly #client: SessionClient;
  readonly #sessionId: string;

  constructor(host: SessionHost, client: SessionClient, sessionId: string) {
    this.#host = host;
    this.#client = client;
    this.#sessionId = sessionId;
  }

  started(resumeToken: string): void {
    this.#tell({
      type: 'ack',
      status: 'session_started',
      session_id: this.#sessionId,
      resume_token: resumeToken,
    });
  }

  resumed(committedThrough: number): void {
    this.#tell({
      type: 'ack',
      status: 'session_resumed',
      session_id: this.#sessionId,
      next_chunk_index: committedThrough + 1,
      committed_through: committedThrough,
    });
  }

  /** Send again from this chunk on. */
  rewind(chunkIndex: number): void {
    this.#tell({ type: 'rewind', session_id: this.#sessionId, next_chunk_index: chunkIndex });
  }

  error(
    code: ErrorCode,
    detail?: string,
    more: { chunk_index?: number; retry_after_ms?: number } = {},
  ): void {
    this.#host.metrics.errors.inc({ code });
    const about = { session_id: this.#sessionId, ...more };
    this.#tell(errorMessage(code, detail === undefined ? about : { ...about, detail }));
  }

  /** Written by hand, since it is said of every chunk; an id has no character that JSON would escape. */
  acknowledge(chunkIndex: number, committedThrough: number): void {
    this.#client.send(
      `{"type":"ack","status":"received","session_id":"${this.#sessionId}","chunk_index":${chunkIndex},"committed_through":${committedThrough}}`,
    );
  }

  /** Something that the client may miss: a slow reader does. */
  mention(json: string): void {
    if (this.#client.backlogBytes < LIVE_BACKLOG_BYTES) this.#client.send(json);
  }

  #tell(message: ServerMessage): void {
    if (!this.#client.closed) this.#client.send(JSON.stringify(message));
  }
}
