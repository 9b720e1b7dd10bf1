import type { SessionEvent } from '@tributary/client';
import { WebSocket } from 'ws';
import { FORMAT } from '../speech.js';
import type { SpokenSession } from './spoken-session.js';

type Message =
  | SessionEvent
  | { readonly type: 'ack'; readonly status: string; readonly chunk_index?: number }
  | { readonly type: 'rewind' | 'reconnect' };

/**
 * A client that keeps nothing: it sends each chunk once, cannot resume, and knows nothing of `rewind`. What was
 * acknowledged to it must be safe without its help.
 */
export class PlainSession implements SpokenSession {
  readonly counters = null;
  readonly #id: string;
  readonly #socket: WebSocket;
  readonly #events: SessionEvent[] = [];
  readonly #started: Promise<void>;
  #failure: Error | null = null;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(url: string, id: string, onAck: (chunkIndex: number) => void) {
    this.#id = id;
    const socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket = socket;
    socket.on('open', () =>
      this.#tell({ action: 'start', user_id: 'chaos', mode: 'stream', format: FORMAT, gap_ms: 0 }),
    );
    this.#started = new Promise((resolve, reject) => {
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as Message;
        if (message.type === 'ack' && message.status === 'session_started') resolve();
        else if (message.type === 'ack') onAck(message.chunk_index ?? -1);
        else if (message.type === 'error') this.#fail(new Error(`${message.code}: ${message.message}`));
        else if ('seq' in message) this.#take(message);
      });
      socket.on('close', (code) => {
        this.#fail(new Error(`the socket closed (${code})`));
        reject(new Error(`the socket closed (${code}) before the session began`));
      });
    });
    // It is thrown where it is waited for.
    this.#started.catch(() => undefined);
    // A close follows.
    socket.on('error', () => undefined);
  }

  async send(bytes: Uint8Array): Promise<void> {
    await this.#started;
    if (this.#failure !== null) throw this.#failure;
    this.#socket.send(bytes);
  }

  async finish(): Promise<void> {
    await this.#started;
    this.#tell({ action: 'finish' });
  }

  close(): void {
    this.#ended = true;
    this.#socket.close();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<SessionEvent, undefined> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) yield event;
      else if (this.#ended) return undefined;
      else if (this.#failure !== null) throw this.#failure;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #tell(message: Readonly<Record<string, unknown>>): void {
    this.#socket.send(JSON.stringify({ ...message, session_id: this.#id }));
  }

  #take(event: SessionEvent): void {
    this.#events.push(event);
    if (event.type === 'final_result') this.close();
    this.#wake();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}
