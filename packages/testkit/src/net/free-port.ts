import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** A port that has to be ours is taken. */
export class PortInUseError extends Error {
  readonly port: number;

  constructor(port: number, reason: string) {
    super(`port ${port} cannot be used (${reason})`);
    this.name = 'PortInUseError';
    this.port = port;
  }
}

/** Below the range from which systems take the ports of outgoing connections, so that none gets in between. */
const LOWEST_PORT = 15_000;
const HIGHEST_PORT = 32_000;
/** Ports that a process claims at once. */
export const BLOCK_PORTS = 50;
const MOST_TRIES = 200;

/** Ports of the block that this process claimed last and has not given out yet. */
let block: number[] = [];
let claiming: Promise<void> | undefined;

/**
 * A port on which nobody listens, and which no other process is given: whoever is told of it may listen some time later.
 *
 * Processes share the range in blocks. Who listens on the first port of a block owns the rest of it, until he is gone.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = block.pop();
    if (port === undefined) {
      claiming ??= claimBlock().finally(() => {
        claiming = undefined;
      });
      await claiming;
    } else if ((await whyBusy(port, '0.0.0.0')) === undefined) return port;
  }
}

async function claimBlock(): Promise<void> {
  const blocks = Math.floor((HIGHEST_PORT - LOWEST_PORT) / BLOCK_PORTS);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const first = LOWEST_PORT + randomInt(blocks) * BLOCK_PORTS;
    const claim = createServer();
    if ((await whyNoListening(claim, first, '127.0.0.1')) !== undefined) continue;
    // It keeps nobody from ending.
    claim.unref();
    block = Array.from({ length: BLOCK_PORTS - 1 }, (_, n) => first + 1 + n);
    return;
  }
  throw new Error(`found no free ports between ${LOWEST_PORT} and ${HIGHEST_PORT}`);
}

/** @throws PortInUseError when somebody else listens on the port, or we may not. */
export async function assertPortFree(port: number, host: string): Promise<void> {
  const reason = await whyBusy(port, host);
  if (reason !== undefined) throw new PortInUseError(port, reason);
}

/** Tries to listen; undefined when that worked, else the system's error code. */
async function whyBusy(port: number, host: string): Promise<string | undefined> {
  const server = createServer();
  const reason = await whyNoListening(server, port, host);
  if (reason === undefined) await new Promise((resolve) => server.close(resolve));
  return reason;
}

/** Listens; undefined when that worked, else the system's error code. */
async function whyNoListening(server: Server, port: number, host: string): Promise<string | undefined> {
  return await new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => resolve(undefined));
  });
}

const START_TRIES = 3;

/** Starts something on a free port, and again on another one when somebody else was faster. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await start(await freePort());
    } catch (error) {
      const taken = error instanceof Error && /address already in use|could not bind/i.test(error.message);
      if (!taken || tries === START_TRIES) throw error;
    }
  }
}
