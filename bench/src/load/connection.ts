import { type FrameMemory, FrameSocket } from './frame-socket.js';
import type { Recorder } from './recorder.js';
import { retryDelayMs } from './retry.js';

export interface ConnectionEvents {
  opened(): void;
  message(text: string): void;
  closed(): void;
}

/** A socket to one of the gateways that comes back, with backoff, until it is closed on purpose. */
export class Connection {
  readonly #urls: readonly string[];
  readonly #recorder: Recorder;
  readonly #memory: FrameMemory;
  readonly #events: ConnectionEvents;
  #next: number;
  #socket: FrameSocket | null = null;
  #failures = 0;
  #over = false;
  #wasOpen = false;
  #retry: NodeJS.Timeout | null = null;

  constructor(
    urls: readonly string[],
    first: number,
    recorder: Recorder,
    memory: FrameMemory,
    events: ConnectionEvents,
  ) {
    this.#urls = urls;
    this.#next = first;
    this.#recorder = recorder;
    this.#memory = memory;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#socket?.isOpen ?? false;
  }

  connect(): void {
    const url = this.#urls[this.#next++ % this.#urls.length] as string;
    const begunAt = performance.now();
    const { counts } = this.#recorder;
    let retryAfterMs: number | undefined;
    let isOpen = false;
    this.#socket = new FrameSocket(url, this.#memory, {
      opened: () => {
        isOpen = true;
        this.#failures = 0;
        if (this.#wasOpen) counts.reconnects++;
        this.#wasOpen = true;
        counts.openSockets++;
        this.#recorder.time('connect', performance.now() - begunAt);
        this.#events.opened();
      },
      message: (text, bytes) => {
        counts.bytesReceived += bytes;
        this.#events.message(text);
      },
      refused: (afterMs) => {
        counts.refusedUpgrades++;
        retryAfterMs = afterMs;
      },
      closed: () => {
        if (isOpen) counts.openSockets--;
        this.#closed(retryAfterMs);
      },
    });
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
    if (this.#socket === null) this.#events.closed();
    else this.#socket.close();
  }

  #closed(retryAfterMs: number | undefined): void {
    this.#socket = null;
    if (this.#over) return this.#events.closed();
    const delayMs = retryDelayMs(this.#failures++, retryAfterMs, Math.random());
    this.#retry = setTimeout(() => this.connect(), delayMs);
  }
}
