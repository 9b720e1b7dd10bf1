import { WebSocket } from 'ws';
import type { ServiceAddress } from './service-address.js';

const RETRY_MS = 300;

/** Connections without a session, as of pages whose microphone is off: they cost a gateway a connection and no more. */
export class SilentSockets {
  readonly #address: ServiceAddress;
  readonly #open = new Set<WebSocket>();
  #wanted = 0;
  #waiting = 0;

  constructor(address: ServiceAddress) {
    this.#address = address;
  }

  get count(): number {
    return this.#open.size;
  }

  aim(count: number): void {
    this.#wanted = count;
    const missing = count - this.#open.size - this.#waiting;
    for (let n = 0; n < missing; n++) this.#connect();
    for (const socket of [...this.#open].slice(0, Math.max(0, -missing))) {
      this.#open.delete(socket);
      socket.close();
    }
  }

  #connect(): void {
    const socket = new WebSocket(this.#address.pick());
    this.#open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#open.delete(socket)) this.#later();
    });
  }

  /** Not all at the same moment when a gateway goes. */
  #later(): void {
    this.#waiting++;
    setTimeout(
      () => {
        this.#waiting--;
        if (this.#open.size + this.#waiting < this.#wanted) this.#connect();
      },
      RETRY_MS * (0.5 + Math.random()),
    );
  }
}
