import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { ProxiedConnection, type Weather } from './proxied-connection.js';

const FAIR: Weather = { delayMs: 0, held: false, repliesDropped: false };

/** Which connections are meant; all when left out. */
export type Selection = (name: string) => boolean;

const EVERY: Selection = () => true;

/** Stands between the services and one of their stores, and makes the network between them bad. */
export class TcpProxy {
  readonly #server: Server;
  readonly #connections = new Set<ProxiedConnection>();
  #weather: Weather = FAIR;
  #selection: Selection = EVERY;

  private constructor(serverPort: number) {
    this.#server = createServer((client) => {
      const connection: ProxiedConnection = new ProxiedConnection(
        client,
        serverPort,
        () => (this.#selection(connection.name) ? this.#weather : FAIR),
        () => this.#connections.delete(connection),
      );
      this.#connections.add(connection);
    });
  }

  static async start(serverPort: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(serverPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The names that clients gave themselves. */
  get names(): string[] {
    return [...new Set([...this.#connections].map(({ name }) => name))].filter((name) => name !== '');
  }

  /** The same address with this proxy's port in it. */
  inFrontOf(url: string): string {
    const address = new URL(url);
    address.host = `127.0.0.1:${this.port}`;
    return address.href;
  }

  /** From now on it is like this. Connections whose answers were thrown away are reset when it gets better. */
  setWeather(weather: Partial<Weather>, selection: Selection = EVERY): void {
    this.#weather = { ...FAIR, ...weather };
    this.#selection = selection;
    for (const connection of [...this.#connections]) {
      if (connection.mutilated && !this.#weather.repliesDropped) connection.reset();
      else connection.release();
    }
  }

  /** Cuts connections; new ones are welcome. */
  reset(selection: Selection = EVERY): void {
    for (const connection of [...this.#connections]) {
      if (selection(connection.name)) connection.reset();
    }
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const connection of [...this.#connections]) connection.destroy();
    await closed;
  }
}
