import type { TemplatedApp } from 'uWebSockets.js';
import { textAnswer } from './http/answer.js';
import { serve } from './http/serve.js';
import type { RestContext } from './rest-context.js';

/** `/livez`, `/readyz` and `/metrics`: as on every other process, for orchestrators and Prometheus. */
export function serveProbes(app: TemplatedApp, { ready, registry, logger }: RestContext): void {
  serve(app, '/livez', () => textAnswer(200, 'ok'), logger);
  serve(app, '/readyz', () => (ready() ? textAnswer(200, 'ok') : textAnswer(503, 'not ready')), logger);
  serve(app, '/metrics', async () => textAnswer(200, await registry.metrics(), registry.contentType), logger);
}
