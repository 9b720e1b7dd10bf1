import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const TEXT = 0x81;

/** The bytes of a masked WebSocket frame, of which a test may send only a part. */
export function frame(payload: Buffer | string, opcode = TEXT): Buffer {
  const body = Buffer.from(payload);
  const mask = randomBytes(4);
  const head = Buffer.alloc(14);
  head[0] = opcode;
  let headBytes = 2;
  if (body.length < 126) head[1] = 0x80 | body.length;
  else if (body.length < 65_536) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(body.length, 2);
    headBytes = 4;
  } else {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(body.length), 2);
    headBytes = 10;
  }
  const masked = Buffer.from(body);
  for (let i = 0; i < masked.length; i++) masked[i]! ^= mask[i & 3]!;
  return Buffer.concat([head.subarray(0, headBytes), mask, masked]);
}

/** A TCP connection that has become a WebSocket, for what a WebSocket library would not do. */
export class RawClient {
  readonly tcp: Socket;
  /** Resolves when the connection is gone, however it went. */
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);
  #wake: (() => void)[] = [];

  private constructor(tcp: Socket) {
    this.tcp = tcp;
    tcp.on('error', () => undefined);
    this.closed = new Promise((resolve) => tcp.once('close', () => resolve()));
    tcp.on('data', (data: Buffer) => {
      this.#received = Buffer.concat([this.#received, data]);
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  static async open(socketUrl: string): Promise<RawClient> {
    const url = new URL(socketUrl);
    const client = new RawClient(connect(Number(url.port), url.hostname));
    await once(client.tcp, 'connect');
    client.tcp.write(
      `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\n` +
        `Connection: Upgrade\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
        'Sec-WebSocket-Version: 13\r\n\r\n',
    );
    await client.receives('\r\n\r\n');
    return client;
  }

  /** Waits until these characters were received. */
  async receives(text: string): Promise<void> {
    while (!this.#received.includes(text)) {
      const more = new Promise<void>((resolve) => this.#wake.push(resolve));
      const gone = this.closed.then(() => {
        throw new Error(`closed before it sent ${JSON.stringify(text)}`);
      });
      await Promise.race([more, gone]);
    }
  }

  /** Writes as fast as the other side takes it, until it is gone. */
  async flood(bytes: Buffer, times: number): Promise<void> {
    for (let n = 0; n < times && !this.tcp.destroyed; n++) {
      if (!this.tcp.write(bytes)) {
        const drained = new Promise<void>((resolve) => this.tcp.once('drain', () => resolve()));
        await Promise.race([drained, this.closed]);
      }
    }
  }
}
