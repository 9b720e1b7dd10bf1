import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { gatheredText } from '@tributary/shared';
import { WORKSPACE_FOLDER } from '@tributary/testkit';

/** One command on its way to Redis. */
export interface Request {
  /** What the connection called itself, for example `worker-worker-1-Xy34-reader`. */
  readonly connection: string;
  /** Whose it is: `gateway`, `router` or `worker`; '' before it has said so. */
  readonly role: string;
  /** Lower-case name of the command, or of the script that it runs. */
  readonly command: string;
  /** The second of its arguments: of a PUBLISH, what is published. */
  readonly second: string;
  /** How many calls of a script travel in it. */
  readonly calls: number;
}

/**
 * What becomes of a command: it passes; it is carried out and its answer, with all that follow, is lost with the
 * connection; it is refused as by a full Redis; or it, and all behind it, waits for a promise.
 */
export type Fate = 'pass' | 'cut' | 'refuse' | Promise<void>;

const MARKER = 'this-far-and-no-further';
const REFUSAL = encode(['EVAL', "return redis.error_reply('OOM command not allowed')", '0']);
const LUA_FOLDER = join(WORKSPACE_FOLDER, 'packages/shared/lua');

/** Stands in front of Redis, understands what is asked, and decides for each command what becomes of it. */
export class RedisProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #scripts = scriptsByHash();
  /** Asked for every command. */
  fate: (request: Request) => Fate = () => 'pass';

  private constructor(serverPort: number) {
    this.#server = createServer((client) => this.#serve(client, serverPort));
  }

  static async start(serverPort: number): Promise<RedisProxy> {
    const proxy = new RedisProxy(serverPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #serve(client: Socket, serverPort: number): void {
    const server = connect(serverPort, '127.0.0.1');
    let connection = '';
    let rest: Buffer = Buffer.alloc(0);
    let isCut = false;
    let waiting: Promise<void> = Promise.resolve();
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    const forward = async (bytes: Buffer): Promise<void> => {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      for (let parsed = parse(rest); parsed !== null && !isCut; parsed = parse(rest)) {
        const raw = rest.subarray(0, parsed.length);
        rest = rest.subarray(parsed.length);
        const command = this.#commandOf(parsed.words);
        if (command === 'client' && parsed.words[1]?.toLowerCase() === 'setname') {
          connection = parsed.words[2] ?? '';
        }
        const fate = this.fate({
          connection,
          role: roleOf(connection),
          command,
          second: parsed.words[2] ?? '',
          calls: this.#scripts.get(parsed.words[1] ?? '')?.gathered ? Number(parsed.argument) : 1,
        });
        if (typeof fate !== 'string') await fate;
        server.write(fate === 'refuse' ? REFUSAL : raw);
        if (fate === 'cut') {
          isCut = true;
          server.write(encode(['ECHO', MARKER]));
        }
      }
    };
    client.on('data', (bytes: Buffer) => {
      waiting = waiting.then(() => forward(bytes));
    });
    let lost = '';
    server.on('data', (bytes: Buffer) => {
      if (!isCut) return void client.write(bytes);
      // It was carried out once what was asked behind it is answered.
      lost = (lost + bytes.toString('latin1')).slice(-2 * MARKER.length);
      if (lost.includes(MARKER)) client.resetAndDestroy();
    });
  }

  #commandOf(words: readonly string[]): string {
    const name = (words[0] ?? '').toLowerCase();
    if (name === 'evalsha') return this.#scripts.get(words[1] ?? '')?.name ?? name;
    return name;
  }
}

const roleOf = (connection: string): string => /^(gateway|router|worker)\b/.exec(connection)?.[1] ?? '';

interface SentScript {
  readonly name: string;
  readonly text: string;
  /** Its first argument is how many calls travel in it. */
  readonly gathered: boolean;
}

/** The scripts of all services, in each form in which they are sent. */
export function scripts(): SentScript[] {
  return readdirSync(LUA_FOLDER).flatMap((file) => {
    const name = file.replace(/\.lua$/, '');
    const text = readFileSync(join(LUA_FOLDER, file), 'utf8');
    return [
      { name, text, gathered: false },
      { name, text: gatheredText(text), gathered: true },
    ];
  });
}

/** The same by the hash that they are called by. */
function scriptsByHash(): Map<string, SentScript> {
  return new Map(scripts().map((script) => [createHash('sha1').update(script.text).digest('hex'), script]));
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/**
 * The first command in these bytes: its length, its first three words, and, of a script, the first word behind its keys; null while
 * it is not complete.
 */
function parse(bytes: Buffer): { length: number; words: string[]; argument: string } | null {
  const line = (from: number): { value: number; next: number } | null => {
    const end = bytes.indexOf('\r\n', from, 'latin1');
    return end < 0 ? null : { value: Number(bytes.toString('latin1', from + 1, end)), next: end + 2 };
  };
  const head = line(0);
  if (head === null) return null;
  const words: string[] = [];
  let argument = '';
  let at = head.next;
  for (let n = 0; n < head.value; n++) {
    const size = line(at);
    if (size === null || bytes.length < size.next + size.value + 2) return null;
    const word = (): string => bytes.toString('latin1', size.next, size.next + size.value);
    if (n < 3) words.push(word());
    else if (n === 3 + Number(words[2])) argument = word();
    at = size.next + size.value + 2;
  }
  return { length: at, words, argument };
}
