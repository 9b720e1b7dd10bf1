import uWS, { type TemplatedApp, type us_listen_socket } from 'uWebSockets.js';

/** The library takes host, port, options and callback together, and names the option, but its types leave both out. */
type ListenWithOptions = (
  host: string,
  port: number,
  options: number,
  callback: (socket: us_listen_socket | false) => void,
) => TemplatedApp;

/**
 * Listens on a port that nobody else may share: by default the library sets SO_REUSEPORT, and a second gateway on the
 * same port would silently take half of the clients.
 *
 * @throws Error when the port is taken.
 */
export function listenExclusively(app: TemplatedApp, host: string, port: number): Promise<us_listen_socket> {
  const { LIBUS_LISTEN_EXCLUSIVE_PORT: exclusive } = uWS as unknown as {
    LIBUS_LISTEN_EXCLUSIVE_PORT: number;
  };
  const listen = app.listen as unknown as ListenWithOptions;
  return new Promise((resolve, reject) => {
    listen.call(app, host, port, exclusive, (socket) => {
      if (socket === false) reject(new Error(`cannot listen on ${host}:${port}: the port is taken`));
      else resolve(socket);
    });
  });
}
