import { WebSocket } from 'ws';
import type { Recorder } from './recorder.js';
import { retryDelayMs } from './retry.js';

/** Zero bytes are a valid mask, and spare the load generator the masking. */
const zeroMask = (mask: Buffer): void => void mask.fill(0);
const HANDSHAKE_MS = 15_000;

export interface ConnectionEvents {
  opened(): void;
  message(text: string): void;
  closed(): void;
}

/** A socket to one of the gateways that comes back, with backoff, until it is closed on purpose. */
export class Connection {
  readonly #urls: readonly string[];
  readonly #recorder: Recorder;
  readonly #events: ConnectionEvents;
  #next: number;
  #socket: WebSocket | null = null;
  #failures = 0;
  #over = false;
  #wasOpen = false;
  #retry: NodeJS.Timeout | null = null;

  constructor(urls: readonly string[], first: number, recorder: Recorder, events: ConnectionEvents) {
    this.#urls = urls;
    this.#next = first;
    this.#recorder = recorder;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#socket !== null && this.#socket.readyState === WebSocket.OPEN;
  }

  connect(): void {
    const url = this.#urls[this.#next++ % this.#urls.length] as string;
    const begunAt = performance.now();
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      generateMask: zeroMask,
      skipUTF8Validation: true,
      handshakeTimeout: HANDSHAKE_MS,
    });
    this.#socket = socket;
    let retryAfterMs: number | undefined;
    socket.on('unexpected-response', (request, response) => {
      this.#recorder.counts.refusedUpgrades++;
      const after = Number(response.headers['retry-after']);
      if (Number.isFinite(after)) retryAfterMs = after * 1_000;
      request.destroy();
      socket.terminate();
    });
    socket.once('open', () => {
      this.#failures = 0;
      if (this.#wasOpen) this.#recorder.counts.reconnects++;
      this.#wasOpen = true;
      this.#recorder.counts.openSockets++;
      this.#recorder.time('connect', performance.now() - begunAt);
      socket.once('close', () => this.#recorder.counts.openSockets--);
      this.#events.opened();
    });
    socket.on('message', (data: Buffer) => {
      this.#recorder.counts.bytesReceived += data.length;
      if (socket === this.#socket) this.#events.message(data.toString('latin1'));
    });
    // `close` always follows.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#closed(socket, retryAfterMs));
  }

  send(data: string | Buffer): void {
    this.#recorder.counts.bytesSent += data.length;
    this.#socket?.send(data);
  }

  /** Leaves this gateway, and comes back at once by another. */
  move(): void {
    this.#socket?.close();
  }

  close(): void {
    this.#over = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#socket === null || this.#socket.readyState === WebSocket.CLOSED) this.#events.closed();
    else this.#socket.close();
  }

  #closed(socket: WebSocket, retryAfterMs: number | undefined): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    if (this.#over) return this.#events.closed();
    const delayMs = retryDelayMs(this.#failures++, retryAfterMs, Math.random());
    this.#retry = setTimeout(() => this.connect(), delayMs);
  }
}
