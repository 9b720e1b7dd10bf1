import type { TemplatedApp } from 'uWebSockets.js';
import { clusterMembers } from './cluster/members.js';
import { createUpstream } from './cluster/upstream.js';
import { answerApi } from './http/api.js';
import { ApiKeys } from './http/api-keys.js';
import { Cors } from './http/cors.js';
import { RouteTable } from './http/route-table.js';
import { serve } from './http/serve.js';
import { serveProbes } from './probes.js';
import type { RestContext } from './rest-context.js';
import { deleteSessionRoute } from './routes/delete-session.js';
import { healthRoute } from './routes/health.js';
import { historyRoute } from './routes/history.js';
import { openApiRoute } from './routes/openapi.js';
import { queueStatusRoute } from './routes/queue-status.js';
import { sessionRoute } from './routes/session.js';
import { statsRoute } from './routes/stats.js';

/** Puts the REST API, `/livez`, `/readyz` and `/metrics` on the app. Nothing below `/api` is left to other routes. */
export function registerRest(app: TemplatedApp, context: RestContext): void {
  const members = clusterMembers(context.redis);
  const upstream = context.funasrAddr === undefined ? null : createUpstream(context.funasrAddr);
  const keys = new ApiKeys(context.apiKeys);
  const described = [
    healthRoute(context, members, upstream),
    historyRoute(context),
    sessionRoute(context),
    deleteSessionRoute(context),
    statsRoute(context),
    queueStatusRoute(context, members, upstream),
  ];
  const routes = new RouteTable([...described, openApiRoute(described, context.version, keys.wanted)]);
  const api = { routes, keys, cors: new Cors(context.corsOrigin), logger: context.logger };
  for (const pattern of ['/api', '/api/*']) {
    serve(app, pattern, (request) => answerApi(api, request), context.logger);
  }
  serveProbes(app, context);
}
