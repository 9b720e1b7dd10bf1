import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface AdminServerOptions {
  port: number;
  registry: Registry;
  /** True when the process may be given work. */
  ready(): boolean;
}

export interface AdminServer {
  port: number;
  close(): Promise<void>;
}

/** `/livez`, `/readyz` and `/metrics` of a process that serves no clients itself. */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    switch (request.url) {
      case '/livez':
        answer(200, 'ok');
        break;
      case '/readyz':
        if (options.ready()) answer(200, 'ok');
        else answer(503, 'not ready');
        break;
      case '/metrics':
        options.registry.metrics().then(
          (text) => answer(200, text, options.registry.contentType),
          (error: unknown) => answer(500, String(error)),
        );
        break;
      default:
        answer(404, 'not found');
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
