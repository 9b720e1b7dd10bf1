import { once } from 'node:events';
import { connect } from 'node:net';

/** A server that was named in the settings does not answer. */
export class UnreachableError extends Error {
  constructor(what: string, host: string, port: number, reason: string) {
    super(`${what} does not answer at ${host}:${port} (${reason})`);
    this.name = 'UnreachableError';
  }
}

const CONNECT_MS = 3_000;

/** @throws UnreachableError when nobody accepts connections there. */
export async function assertReachable(what: string, host: string, port: number): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new UnreachableError(what, host, port, reason === 'ABORT_ERR' ? 'no answer in 3 s' : reason);
  } finally {
    socket.destroy();
  }
}
