import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@tributary/testkit';

/** How one request is answered. */
export interface Behaviour {
  /** The connection is broken after so many bytes of the body, once the client `holds` them, if that is given. */
  breakAfterBytes?: number;
  holds?: () => Promise<number>;
  /** Nothing more comes after so many bytes, and the connection stays. */
  stallAfterBytes?: number;
  /** The body comes in so many pieces, with a pause of so many milliseconds before each. */
  pieces?: number;
  pauseMs?: number;
  status?: number;
  /** As of a server that knows no ranges. */
  ignoreRange?: boolean;
}

/** A web server with one file, whose answers can be spoiled. */
export class FileServer {
  /** What the file holds; may be changed. */
  content: Buffer;
  /** How the next requests are answered, one each; afterwards all goes well. */
  readonly script: Behaviour[] = [];
  /** `Range` of each request so far; '' for none. */
  readonly ranges: string[] = [];
  readonly #server = createServer((request, response) => this.#answer(request, response));

  constructor(content: Buffer) {
    this.content = content;
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  url(name: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${name}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const behaviour = this.script.shift() ?? {};
    const { breakAfterBytes, holds, stallAfterBytes, status, ignoreRange, pieces, pauseMs } = behaviour;
    const range = request.headers.range ?? '';
    this.ranges.push(range);
    if (status !== undefined) {
      response.writeHead(status).end('no');
      return;
    }
    const from = ignoreRange ? 0 : Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
    if (from >= this.content.length) {
      response.writeHead(416).end();
      return;
    }
    const body = this.content.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': body.length });
    if (pieces !== undefined) {
      void dribble(response, body, pieces, pauseMs ?? 0);
      return;
    }
    const shown = breakAfterBytes ?? stallAfterBytes;
    if (shown === undefined) response.end(body);
    else response.write(body.subarray(0, shown));
    if (breakAfterBytes === undefined) return;
    const held = async (): Promise<boolean> =>
      holds === undefined || (await holds()) >= from + breakAfterBytes;
    void waitFor(held, { what: 'the client to hold it', everyMs: 5 }).finally(() => response.destroy());
  }
}

async function dribble(
  response: ServerResponse,
  body: Buffer,
  pieces: number,
  pauseMs: number,
): Promise<void> {
  const size = Math.ceil(body.length / pieces);
  for (let at = 0; at < body.length; at += size) {
    await sleep(pauseMs);
    response.write(body.subarray(at, at + size));
  }
  response.end();
}
