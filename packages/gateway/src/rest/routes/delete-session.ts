import { TributaryError } from '@tributary/shared';
import { defineRoute, type Route } from '../http/route.js';
import type { RestContext } from '../rest-context.js';
import { Deleted, SessionPath } from '../schemas.js';
import { removeSession } from '../session/remove-session.js';
import { Nothing } from './nothing.js';

/** `DELETE /session/:id`. */
export function deleteSessionRoute(context: RestContext): Route {
  return defineRoute({
    method: 'delete',
    path: '/session/{id}',
    operationId: 'deleteSession',
    summary: 'Removes a session everywhere, also while it is live',
    parameters: SessionPath,
    query: Nothing,
    body: Deleted,
    failures: [400, 404, 503],
    handle: async ({ id }) => {
      if (!(await removeSession(context, id))) throw new TributaryError('not_found');
      return { status: 200, body: { deleted: true as const, id } };
    },
  });
}
