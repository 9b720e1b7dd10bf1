import { type ClientOptions, type CompleteOptions, completeOptions, type StartOptions } from './options.js';
import { Session } from './session.js';

/** Sessions with the gateways of one deployment; each session has a socket of its own. */
export class TributaryClient {
  readonly #options: CompleteOptions;
  readonly #sessions = new Set<Session>();
  #nextAddress: number;

  /** Throws TributaryClientError `invalid_argument` or `no_websocket`. Connects to nothing yet. */
  constructor(options: ClientOptions) {
    this.#options = completeOptions(options);
    this.#nextAddress = Math.floor(this.#options.random() * this.#options.urls.length);
  }

  /** A session at once: it connects by itself, and what is sent before is kept until then. */
  open(options: StartOptions = {}): Session {
    const session = new Session(this.#options, options, this.#nextAddress++, (ended) => {
      this.#sessions.delete(ended);
    });
    this.#sessions.add(session);
    return session;
  }

  /** A session that the server has taken. Rejects with TributaryClientError when it does not take it. */
  async start(options: StartOptions = {}): Promise<Session> {
    const session = this.open(options);
    await session.ready;
    return session;
  }

  /** Closes all sessions that have not ended. */
  close(): void {
    for (const session of [...this.#sessions]) session.close();
  }
}
