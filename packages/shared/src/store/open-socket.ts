import { createConnection, type Socket } from 'node:net';

/** Where a server may be: either a Unix socket's path, or hosts with their ports, tried in turn. */
export interface Addresses {
  path?: string | false;
  host: readonly string[];
  port: readonly number[];
}

/**
 * Opens a TCP or Unix connection to the first address that takes one, beginning with the `first`-th.
 *
 * @throws the last address' error; `timeoutMs` bounds each address.
 */
export async function openSocket(addresses: Addresses, first: number, timeoutMs: number): Promise<Socket> {
  const { path, host, port } = addresses;
  if (path) return await opened(createConnection({ path }), timeoutMs);
  for (let i = 0; ; i++) {
    const at = (first + i) % host.length;
    const name = host[at] ?? 'localhost';
    try {
      const socket = await opened(createConnection({ host: name, port: port[at] ?? 5_432 }), timeoutMs);
      // The name that a TLS certificate is checked against.
      return Object.assign(socket, { host: name });
    } catch (error) {
      if (i + 1 >= host.length) throw error;
    }
  }
}

function opened(socket: Socket, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error('connecting took too long')), timeoutMs);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      // Whoever takes the socket adds its own listener; until then an error must not end the process.
      socket.on('error', () => socket.destroy());
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
