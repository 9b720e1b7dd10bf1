import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { ServerMessage } from '@tributary/shared';
import { WebSocket, WebSocketServer } from 'ws';

/** One client's way through the proxy. */
export interface Lane {
  /** Passes a message on to the client, now. */
  toClient(message: ServerMessage): void;
  /** Passes a frame on to the server, now. */
  toServer(data: Buffer, isBinary: boolean): void;
}

/** What a proxy does to what passes; each function passes messages on by itself, or does not. */
export interface Fault {
  toClient?(message: ServerMessage, lane: Lane): void;
  toServer?(data: Buffer, isBinary: boolean, lane: Lane): void;
}

/** Stands between clients and a gateway, understands what they say, and may do harm to it. */
export class MessageProxy {
  readonly #server: WebSocketServer;
  readonly #upstream: string;
  readonly #fault: Fault;

  private constructor(server: WebSocketServer, upstream: string, fault: Fault) {
    this.#server = server;
    this.#upstream = upstream;
    this.#fault = fault;
    server.on('connection', (client) => this.#serve(client));
  }

  /** @param upstream address of the gateway's socket */
  static async start(upstream: string, fault: Fault): Promise<MessageProxy> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    await once(server, 'listening');
    return new MessageProxy(server, upstream, fault);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ws/asr`;
  }

  /** Cuts everybody off. */
  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(client: WebSocket): void {
    const server = new WebSocket(this.#upstream, { perMessageDeflate: false });
    const early: { data: Buffer; isBinary: boolean }[] = [];
    const lane: Lane = {
      toClient: (message) => {
        if (client.readyState === WebSocket.OPEN) client.send(JSON.stringify(message));
      },
      toServer: (data, isBinary) => {
        if (server.readyState === WebSocket.CONNECTING) early.push({ data, isBinary });
        else if (server.readyState === WebSocket.OPEN) server.send(data, { binary: isBinary });
      },
    };
    const fault = this.#fault;
    server.once('open', () => {
      for (const { data, isBinary } of early.splice(0)) server.send(data, { binary: isBinary });
    });
    client.on('message', (data: Buffer, isBinary) =>
      fault.toServer === undefined ? lane.toServer(data, isBinary) : fault.toServer(data, isBinary, lane),
    );
    server.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as ServerMessage;
      if (fault.toClient === undefined) lane.toClient(message);
      else fault.toClient(message, lane);
    });
    // `close` follows an error, and one side's end is the other's.
    server.on('error', () => undefined);
    client.on('error', () => undefined);
    server.once('close', () => client.terminate());
    client.once('close', () => server.terminate());
  }
}
