import { readStats } from '@tributary/shared/store';
import { askStore } from '../ask-store.js';
import { defineRoute, type Route } from '../http/route.js';
import type { RestContext } from '../rest-context.js';
import { Stats } from '../schemas.js';
import { Nothing } from './nothing.js';

/** `GET /stats`. */
export function statsRoute({ store }: RestContext): Route {
  return defineRoute({
    method: 'get',
    path: '/stats',
    operationId: 'getStats',
    summary: 'Figures over everything stored',
    parameters: Nothing,
    query: Nothing,
    body: Stats,
    failures: [503],
    handle: async () => ({ status: 200, body: await askStore(store, readStats) }),
  });
}
