import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

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
const MOST_TRIES = 200;

/** Ports given out by this process: not given out twice, even when nobody listens on them yet. */
const given = new Set<number>();

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (given.has(port)) continue;
    if ((await whyBusy(port, '0.0.0.0')) !== undefined) continue;
    given.add(port);
    return port;
  }
  throw new Error(`found no free port between ${LOWEST_PORT} and ${HIGHEST_PORT}`);
}

/** @throws PortInUseError when somebody else listens on the port, or we may not. */
export async function assertPortFree(port: number, host: string): Promise<void> {
  const reason = await whyBusy(port, host);
  if (reason !== undefined) throw new PortInUseError(port, reason);
}

/** Tries to listen; undefined when that worked, else the system's error code. */
async function whyBusy(port: number, host: string): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)));
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
