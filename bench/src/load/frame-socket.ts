import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { WriteArena } from '@tributary/shared';
import {
  FrameError,
  FrameReader,
  headBytes,
  type OnFrame,
  OPCODES,
  type Opcode,
  writeHead,
} from './frames.js';

const HANDSHAKE_MS = 15_000;
/** A server that does not answer a goodbye is left. */
const GOODBYE_MS = 5_000;
const READ_BYTES = 64 * 1_024;
const HEAD_END = '\r\n\r\n';
const MOST_HEAD_BYTES = 16 * 1_024;
/** The longest message: the final result of hours of speech. */
const MOST_PAYLOAD_BYTES = 64 * 1_024 * 1_024;
/** Behind a client's key in what proves that the server speaks WebSocket (RFC 6455, section 1.3). */
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const NORMAL_CLOSURE = 1_000;

export interface FrameSocketEvents {
  opened(): void;
  message(text: string, bytes: number): void;
  /** The server answered the upgrade with another status; `closed` follows. */
  refused(retryAfterMs: number | undefined): void;
  /** Always comes, and once. */
  closed(): void;
}

/** Memory that all sockets of a process use one after another: a read or write is over when its call returns. */
export class FrameMemory {
  readonly read = Buffer.allocUnsafeSlow(READ_BYTES);
  readonly arena = new WriteArena();
}

/**
 * A WebSocket client (RFC 6455) with no more than the load needs: no extensions, no TLS, messages in one frame. With those of a
 * library clients took a quarter more CPU, which the service under test has to share with them.
 */
export class FrameSocket {
  readonly #events: FrameSocketEvents;
  readonly #memory: FrameMemory;
  readonly #socket: Socket;
  readonly #frames = new FrameReader(MOST_PAYLOAD_BYTES);
  readonly #key = randomBytes(16).toString('base64');
  #state: 'connecting' | 'open' | 'leaving' | 'closed' = 'connecting';
  /** What came of the answer to the upgrade. */
  #head = '';
  #giveUp: NodeJS.Timeout | null;

  constructor(url: string, memory: FrameMemory, events: FrameSocketEvents) {
    this.#events = events;
    this.#memory = memory;
    const { host, hostname, port, pathname, search } = new URL(url);
    this.#socket = connect({
      // An IPv6 address has brackets in a URL.
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 80),
      noDelay: true,
      onread: { buffer: memory.read, callback: (length) => this.#read(length) },
    });
    this.#socket.once('connect', () => {
      this.#socket.write(
        `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${this.#key}\r\n\r\n`,
      );
    });
    // `close` always follows.
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => {
      this.#state = 'closed';
      this.#stopWaiting();
      events.closed();
    });
    this.#giveUp = setTimeout(() => this.#socket.destroy(), HANDSHAKE_MS);
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Sends a message: text, or bytes as a binary one. Nothing where the socket is not open. */
  send(data: string | Uint8Array): void {
    if (this.#state === 'open') this.#send(typeof data === 'string' ? OPCODES.text : OPCODES.binary, data);
  }

  /** Says goodbye. */
  close(): void {
    if (this.#state === 'connecting') return void this.#socket.destroy();
    if (this.#state !== 'open') return;
    const code = Buffer.alloc(2);
    code.writeUInt16BE(NORMAL_CLOSURE);
    this.#leave(code);
  }

  #leave(code: Uint8Array): void {
    this.#send(OPCODES.close, code);
    this.#state = 'leaving';
    this.#giveUp = setTimeout(() => this.#socket.destroy(), GOODBYE_MS);
  }

  #stopWaiting(): void {
    if (this.#giveUp !== null) clearTimeout(this.#giveUp);
    this.#giveUp = null;
  }

  #send(opcode: Opcode, data: string | Uint8Array): void {
    const length = typeof data === 'string' ? Buffer.byteLength(data) : data.length;
    const head = headBytes(length);
    const { arena } = this.#memory;
    const frame = arena.take(head + length);
    writeHead(frame, opcode, length);
    if (typeof data === 'string') frame.write(data, head);
    else frame.set(data, head);
    this.#socket.write(frame);
    arena.written(this.#socket);
  }

  #read(length: number): boolean {
    if (this.#state === 'connecting') this.#answer(length);
    else this.#readFrames(0, length);
    return true;
  }

  #readFrames(begin: number, end: number): void {
    try {
      this.#frames.read(this.#memory.read, begin, end, this.#onFrame);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#socket.destroy();
    }
  }

  readonly #onFrame: OnFrame = (opcode, bytes, begin, end) => {
    switch (opcode) {
      case OPCODES.text:
        return this.#events.message(bytes.toString('utf8', begin, end), end - begin);
      case OPCODES.ping:
        if (this.#state === 'open') this.#send(OPCODES.pong, bytes.subarray(begin, end));
        return;
      case OPCODES.close:
        // The code is said back, without its reason.
        if (this.#state === 'open') this.#leave(bytes.subarray(begin, Math.min(end, begin + 2)));
        return void this.#socket.end();
      case OPCODES.pong:
        return;
      default:
        throw new FrameError(`a frame of kind ${opcode}`);
    }
  };

  /** What the server answers to the upgrade; frames may follow at once. */
  #answer(length: number): void {
    const before = this.#head.length;
    this.#head += this.#memory.read.toString('latin1', 0, length);
    const end = this.#head.indexOf(HEAD_END);
    if (end < 0) {
      if (this.#head.length > MOST_HEAD_BYTES) this.#socket.destroy();
      return;
    }
    const { status, headers } = parseAnswer(this.#head.slice(0, end));
    this.#head = '';
    this.#stopWaiting();
    const accept = createHash('sha1').update(`${this.#key}${KEY_SUFFIX}`).digest('base64');
    if (status !== 101 || headers.get('sec-websocket-accept') !== accept) {
      const after = Number.parseFloat(headers.get('retry-after') ?? '');
      this.#events.refused(Number.isFinite(after) ? after * 1_000 : undefined);
      return void this.#socket.destroy();
    }
    this.#state = 'open';
    this.#events.opened();
    this.#readFrames(end + HEAD_END.length - before, length);
  }
}

/** The head of an HTTP answer; names of headers in lower case. */
function parseAnswer(head: string): { status: number; headers: ReadonlyMap<string, string> } {
  const [first = '', ...lines] = head.split('\r\n');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(first.split(' ')[1]), headers };
}
