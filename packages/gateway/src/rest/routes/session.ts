import { TributaryError } from '@tributary/shared';
import { defineRoute, type Route } from '../http/route.js';
import type { RestContext } from '../rest-context.js';
import { Session, SessionPath } from '../schemas.js';
import { findSession } from '../session/find-session.js';
import { Nothing } from './nothing.js';

/** `GET /session/:id`. */
export function sessionRoute(context: RestContext): Route {
  return defineRoute({
    method: 'get',
    path: '/session/{id}',
    operationId: 'getSession',
    summary: 'One session with its text, live or stored',
    parameters: SessionPath,
    query: Nothing,
    body: Session,
    failures: [400, 404, 503],
    handle: async ({ id }) => {
      const session = await findSession(context, id);
      if (session === null) throw new TributaryError('not_found');
      return { status: 200, body: session };
    },
  });
}
