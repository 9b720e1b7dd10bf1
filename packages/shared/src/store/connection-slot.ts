import type { Socket } from 'node:net';
import type postgres from 'postgres';
import { openSocket } from './open-socket.js';
import { type DatabaseSettings, postgresClient } from './postgres-client.js';
import { asStoreError, StoreError } from './store-error.js';

/** Is told of every statement. */
export interface Statements {
  succeeded(durationMs: number): void;
  failed(): void;
}

export interface SlotOptions {
  statements?: Statements | undefined;
  connectTimeoutMs: number;
  statementTimeoutMs: number;
  applicationName: string;
}

/**
 * One place for one connection. A connection that failed, was terminated or did not answer in time is thrown
 * away with its whole client, and the next statement opens a new one: nothing of a broken connection is ever
 * waited for or reused. One statement at a time (`SlotPool` sees to that).
 */
export class ConnectionSlot {
  readonly #settings: DatabaseSettings;
  readonly #options: SlotOptions;
  #client: postgres.Sql | null = null;
  #socket: Socket | null = null;
  /** Connections opened for the statement that runs. */
  #connects = 0;
  #hosts = 0;
  #fail: ((cause: unknown) => void) | null = null;

  constructor(settings: DatabaseSettings, options: SlotOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  /**
   * Runs one statement; settles within `deadlineMs`, come what may.
   *
   * @throws StoreError. After `deadline_passed` and `connection_failed` it is unknown whether the statement took effect.
   */
  async run(
    text: string,
    parameters: readonly unknown[],
    deadlineMs: number,
  ): Promise<postgres.RowList<postgres.Row[]>> {
    let timer: NodeJS.Timeout | undefined;
    const begunAt = performance.now();
    this.#connects = 0;
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
      timer = setTimeout(() => reject(new StoreError('deadline_passed')), deadlineMs);
    });
    try {
      this.#client ??= this.#open();
      const values = [...parameters] as postgres.ParameterOrJSON<never>[];
      const rows = await Promise.race([this.#client.unsafe(text, values, { prepare: true }), failed]);
      this.#options.statements?.succeeded(performance.now() - begunAt);
      return rows;
    } catch (cause) {
      this.#options.statements?.failed();
      const { error, broken } = asStoreError(cause);
      if (broken) this.#discard();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#fail = null;
    }
  }

  /** Says goodbye to the server, for at most `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    await this.#client?.end({ timeout: timeoutMs / 1_000 });
    this.#discard();
  }

  #open(): postgres.Sql {
    const client = postgresClient(this.#settings, {
      ...this.#options,
      max: 1,
      socket: async (addresses) => {
        try {
          // The library connects again, at once and for ever, to a server that hangs up on it during the
          // greeting. Once for each host is enough.
          if (this.#connects++ > addresses.host.length) throw new Error('the server hung up');
          const socket = await openSocket(addresses, this.#hosts++, this.#options.connectTimeoutMs);
          if (this.#client === client) this.#socket = socket;
          else socket.destroy();
          return socket;
        } catch (cause) {
          // With several hosts the library would wait for a close event that never comes.
          if (this.#client === client) this.#fail?.(cause);
          throw cause;
        }
      },
    });
    return client;
  }

  #discard(): void {
    const client = this.#client;
    this.#client = null;
    this.#socket?.destroy();
    this.#socket = null;
    // What it was still doing has failed already and has been reported; its promise can tell nothing new.
    client?.end({ timeout: 0 }).catch(() => undefined);
  }
}
