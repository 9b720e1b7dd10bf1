import { readHistory } from '@tributary/shared/store';
import { askStore } from '../ask-store.js';
import { defineRoute, type Route } from '../http/route.js';
import type { RestContext } from '../rest-context.js';
import { History, HistoryParameters } from '../schemas.js';
import { Nothing } from './nothing.js';

/** `GET /history`. */
export function historyRoute({ store }: RestContext): Route {
  return defineRoute({
    method: 'get',
    path: '/history',
    operationId: 'getHistory',
    summary: 'Stored sessions, newest first',
    parameters: Nothing,
    query: HistoryParameters,
    body: History,
    failures: [400, 503],
    handle: async (_, { limit, before }) => {
      const query = { limit, ...(before === undefined ? {} : { before }) };
      return { status: 200, body: await askStore(store, (db) => readHistory(db, query)) };
    },
  });
}
