import { askRedis } from '../ask-redis.js';
import { cached } from '../cached.js';
import type { Members } from '../cluster/members.js';
import { withDeadline } from '../deadline.js';
import { defineRoute, type Route } from '../http/route.js';
import type { RestContext } from '../rest-context.js';
import { Health, type Upstream } from '../schemas.js';
import { Nothing } from './nothing.js';

const CHECK_MS = 900;
/** So long a finding is good, so that floods of health checks cost nothing. */
const CACHE_MS = 500;

type Findings = Omit<Health, 'status' | 'gateway_ready' | 'version' | 'uptime_seconds'>;

/** `GET /health`. */
export function healthRoute(
  context: RestContext,
  members: () => Promise<Members>,
  upstream: (() => Promise<Upstream>) | null,
): Route {
  const startedAt = performance.now();
  const look = cached(CACHE_MS, () => lookAround(context, members, upstream));
  return defineRoute({
    method: 'get',
    path: '/health',
    operationId: 'getHealth',
    summary: 'How the service is',
    open: true,
    parameters: Nothing,
    query: Nothing,
    body: Health,
    otherStatuses: [503],
    handle: async () => {
      const findings = await look();
      const gatewayReady = context.ready();
      const status = judge(findings, gatewayReady);
      const body = {
        status,
        gateway_ready: gatewayReady,
        ...findings,
        version: context.version,
        uptime_seconds: Math.round(performance.now() - startedAt) / 1_000,
      };
      return { status: status === 'unavailable' ? 503 : 200, body };
    },
  });
}

/** Speech can be taken with Redis alone; without the others its text comes late, but comes. */
export function judge(findings: Findings, gatewayReady: boolean): Health['status'] {
  if (!findings.redis_ready || !gatewayReady) return 'unavailable';
  const whole = findings.db_ready && findings.workers_ready > 0 && findings.routers_ready > 0;
  return whole ? 'ready' : 'degraded';
}

async function lookAround(
  { redis, store }: RestContext,
  members: () => Promise<Members>,
  upstream: (() => Promise<Upstream>) | null,
): Promise<Findings> {
  const [pinged, database, cluster, server] = await Promise.allSettled([
    askRedis(redis, (connection) => connection.ping(), CHECK_MS),
    withDeadline(store.ping(CHECK_MS), CHECK_MS, 'PostgreSQL'),
    members(),
    upstream?.(),
  ]);
  const found = cluster.status === 'fulfilled' ? cluster.value : { workers: [], routers: [] };
  const serverReachable = server.status === 'fulfilled' ? server.value?.reachable : false;
  return {
    redis_ready: pinged.status === 'fulfilled',
    db_ready: database.status === 'fulfilled',
    funasr_ready: serverReachable ?? found.workers.length > 0,
    workers_ready: found.workers.length,
    routers_ready: found.routers.length,
  };
}
