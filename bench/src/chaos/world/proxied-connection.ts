import { connect, type Socket } from 'node:net';

/** What happens to bytes on their way. */
export interface Weather {
  /** Added in each direction. */
  delayMs: number;
  /** Nothing passes, in neither direction, and nobody is told. */
  held: boolean;
  /** Requests pass, what is answered is thrown away. */
  repliesDropped: boolean;
}

/** Bytes that wait in one direction before the sender is made to wait too. */
const MOST_WAITING_BYTES = 4 * 1_048_576;

/** One client of the proxy and its connection to the server behind. */
export class ProxiedConnection {
  /** What the client called itself; '' until it does, or when it never does. */
  name = '';
  /** Answers were thrown away: what comes next would be taken for the wrong answer. */
  mutilated = false;
  readonly #client: Socket;
  readonly #server: Socket;

  /** @param weather as it is for this connection at this moment */
  constructor(client: Socket, serverPort: number, weather: () => Weather, onClose: () => void) {
    this.#client = client;
    this.#server = connect({ host: '127.0.0.1', port: serverPort });
    client.setNoDelay(true);
    this.#server.setNoDelay(true);
    const toServer = new Direction(client, this.#server, weather);
    const toClient = new Direction(this.#server, client, weather);
    client.on('data', (bytes: Buffer) => {
      if (this.name === '') this.name = nameIn(bytes);
      toServer.push(bytes);
    });
    this.#server.on('data', (bytes: Buffer) => {
      if (weather().repliesDropped) this.mutilated = true;
      else toClient.push(bytes);
    });
    this.release = (): void => {
      toServer.flush();
      toClient.flush();
    };
    for (const socket of [client, this.#server]) {
      // An error is followed by a close.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.destroy();
        onClose();
      });
    }
  }

  /** Lets what was held go on. */
  readonly release: () => void;

  /** Ends it with a reset on the client's side. */
  reset(): void {
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }
}

/** Bytes from one socket to the other, in order, each after its delay. */
class Direction {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #weather: () => Weather;
  readonly #waiting: { bytes: Buffer; atMs: number }[] = [];
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, weather: () => Weather) {
    this.#from = from;
    this.#to = to;
    this.#weather = weather;
    to.on('drain', () => from.resume());
  }

  push(bytes: Buffer): void {
    const { delayMs, held } = this.#weather();
    if (delayMs === 0 && !held && this.#waiting.length === 0) {
      if (!this.#to.write(bytes)) this.#from.pause();
      return;
    }
    this.#waiting.push({ bytes, atMs: performance.now() + delayMs });
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MOST_WAITING_BYTES) this.#from.pause();
    if (!held) this.flush();
  }

  /** Sends what is due, and comes back for the rest. */
  flush(): void {
    clearTimeout(this.#timer);
    if (this.#weather().held || this.#to.destroyed) return;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const waitMs = next.atMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.flush(), Math.ceil(waitMs));
        return;
      }
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes.length;
      this.#to.write(next.bytes);
    }
    this.#from.resume();
  }
}

const HEAD_BYTES = 1_024;

/** The name that a client of Redis gives itself among its first commands. */
function nameIn(bytes: Buffer): string {
  const head = bytes.toString('latin1', 0, HEAD_BYTES);
  return /\r\nsetname\r\n\$\d+\r\n([^\r]*)\r\n/i.exec(head)?.[1] ?? '';
}
