import { WebSocket } from 'ws';

/**
 * The gateways as clients know them: one name behind which there is always one that is ready, as with a Service of
 * Kubernetes. Which one is chosen anew for each connection.
 */
export class ServiceAddress {
  readonly url = 'ws://gateway/ws/asr';
  #gateways: readonly string[] = [];

  set(gateways: readonly string[]): void {
    this.#gateways = gateways;
  }

  pick(): string {
    return this.#gateways[Math.floor(Math.random() * this.#gateways.length)] ?? 'ws://127.0.0.1:1/ws/asr';
  }

  /** A WebSocket class for clients that use `url`. */
  get webSocket(): typeof WebSocket {
    const pick = (): string => this.pick();
    return class extends WebSocket {
      constructor() {
        super(pick());
      }
    };
  }
}
