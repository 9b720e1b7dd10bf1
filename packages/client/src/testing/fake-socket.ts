import { parseMessage } from '../parse-message.js';
import type { WebSocketLike } from '../socket.js';
import type { ControlMessage, ServerMessage } from '../wire.js';
import { type Frame, ModelConnection, type ModelServer } from './model-server.js';

/** What the sockets of one test share. */
export interface FakeNetwork {
  server: ModelServer;
  sockets: FakeSocket[];
  urls: string[];
  /** All frames as they were sent. */
  frames: (string | Uint8Array)[];
}

/** A WebSocket with the model server at its other end; messages cross one turn of the event loop later. */
export class FakeSocket implements WebSocketLike {
  binaryType = 'blob';
  onopen: unknown = null;
  onmessage: unknown = null;
  onclose: unknown = null;
  onerror: unknown = null;
  readonly connection = new ModelConnection();
  readonly #network: FakeNetwork;
  #open = true;

  constructor(network: FakeNetwork, url: string) {
    this.#network = network;
    network.sockets.push(this);
    network.urls.push(url);
    setTimeout(() => this.#call(this.onopen, {}), 0);
  }

  send(data: string | Uint8Array): void {
    this.#network.frames.push(data);
    const frame = typeof data === 'string' ? (JSON.parse(data) as ControlMessage) : null;
    setTimeout(() => {
      if (!this.#open) return;
      const binary: Frame = { action: 'chunk', chunk_index: null };
      this.#network.server.receive(this.connection, frame ?? binary);
      this.flush();
    }, 0);
  }

  /** Hands over what the server has to say. */
  flush(): void {
    for (const message of this.connection.out.splice(0)) this.say(message);
  }

  say(message: ServerMessage): void {
    const data = JSON.stringify(message);
    if (parseMessage(data) === null) throw new Error(`no message of the protocol: ${data}`);
    this.#call(this.onmessage, { data });
  }

  close(): void {
    this.#open = false;
  }

  /** The connection breaks. */
  break(code: number, reason = ''): void {
    if (!this.#open) return;
    this.#call(this.onclose, { code, reason });
    this.#open = false;
    this.#network.server.closed(this.connection);
  }

  #call(handler: unknown, event: object): void {
    if (this.#open && typeof handler === 'function') handler(event);
  }
}

/** A WebSocket class whose sockets all end at `network`. */
export function fakeWebSocket(network: FakeNetwork): new (url: string) => WebSocketLike {
  return class extends FakeSocket {
    constructor(url: string) {
      super(network, url);
    }
  };
}
