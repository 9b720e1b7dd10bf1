import { once } from 'node:events';
import type { ClientMessage, ServerMessage } from '@tributary/shared';
import { WebSocket } from 'ws';

/** How a socket ended. */
export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
}

interface Waiter {
  readonly matches: (message: ServerMessage) => boolean;
  readonly resolve: (message: ServerMessage) => void;
  readonly reject: (error: Error) => void;
}

type OfType<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

const DEFAULT_TIMEOUT_MS = 10_000;
const SHOWN_MESSAGES = 20;

/** A WebSocket client for tests: sends what it is told, right or wrong, and keeps all that it receives. */
export class TestSocket {
  /** Everything received so far, in order. */
  readonly received: ServerMessage[] = [];
  /** Resolves when the socket is closed, by whichever side. */
  readonly closed: Promise<SocketEnd>;
  /** The socket itself, for tests of what is below messages. */
  readonly socket: WebSocket;
  readonly #unread: ServerMessage[] = [];
  readonly #waiters = new Set<Waiter>();
  #end: SocketEnd | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString('utf8')) as ServerMessage));
    // An error is always followed by `close`, which is what a test looks at.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#end = { code, reason: reason.toString('utf8') };
        resolve(this.#end);
        for (const waiter of this.#waiters) waiter.reject(this.#problem('the socket was closed'));
      });
    });
  }

  /** Connects to an address such as `cluster.socketUrl`. */
  static async open(url: string, headers: Record<string, string> = {}): Promise<TestSocket> {
    const socket = new WebSocket(url, { headers, perMessageDeflate: false });
    // Made before `open`: a message may follow the handshake in the same packet.
    const client = new TestSocket(socket);
    await once(socket, 'open');
    return client;
  }

  sendJson(message: ClientMessage | Record<string, unknown>): void {
    this.socket.send(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  sendBinary(bytes: Uint8Array): void {
    this.socket.send(bytes, { binary: true });
  }

  /** Sends `start` and waits for its answer. */
  async start(message: Record<string, unknown> = {}): Promise<{ sessionId: string; resumeToken: string }> {
    this.sendJson({ action: 'start', ...message });
    const ack = await this.next(
      (m) => m.type === 'error' || (m.type === 'ack' && m.status === 'session_started'),
    );
    if (ack.type !== 'ack' || ack.status !== 'session_started') {
      throw this.#problem(`the start was refused: ${JSON.stringify(ack)}`);
    }
    return { sessionId: ack.session_id, resumeToken: ack.resume_token };
  }

  /**
   * The first message that matches and was not returned before; waits for it when it is not there yet.
   * Messages that do not match stay for later calls.
   */
  async next(
    matches: (message: ServerMessage) => boolean,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<ServerMessage> {
    const index = this.#unread.findIndex(matches);
    const [message] = index < 0 ? [] : this.#unread.splice(index, 1);
    if (message !== undefined) return message;
    if (this.#end !== undefined) throw this.#problem('the socket is closed');
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => waiter.reject(this.#problem(`no such message in ${timeoutMs} ms`)),
        timeoutMs,
      );
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        matches,
        resolve: (found) => {
          settle();
          resolve(found);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** As `next`, by type. */
  async nextOf<T extends ServerMessage['type']>(
    type: T,
    matches: (message: OfType<T>) => boolean = () => true,
    timeoutMs = DEFAULT_TIMEOUT_MS,
  ): Promise<OfType<T>> {
    const found = await this.next((m) => m.type === type && matches(m as OfType<T>), timeoutMs);
    return found as OfType<T>;
  }

  /** Everything received so far of one type. */
  all<T extends ServerMessage['type']>(type: T): OfType<T>[] {
    return this.received.filter((message) => message.type === type) as OfType<T>[];
  }

  /** Closes politely and waits until it is closed. */
  async close(code = 1000): Promise<SocketEnd> {
    this.socket.close(code);
    return await this.closed;
  }

  /** Cuts the connection without a word, as a lost network does. */
  terminate(): void {
    this.socket.terminate();
  }

  #take(message: ServerMessage): void {
    this.received.push(message);
    for (const waiter of this.#waiters) {
      if (waiter.matches(message)) {
        waiter.resolve(message);
        return;
      }
    }
    this.#unread.push(message);
  }

  #problem(what: string): Error {
    const seen = this.received.slice(-SHOWN_MESSAGES).map((message) => JSON.stringify(message).slice(0, 300));
    const end = this.#end === undefined ? '' : ` (closed with ${this.#end.code} ${this.#end.reason})`;
    return new Error(`${what}${end}; received last:\n${seen.join('\n')}`);
  }
}
