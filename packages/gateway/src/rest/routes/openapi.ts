import { z } from 'zod';
import { defineRoute, type Route } from '../http/route.js';
import { openApiDocument } from '../openapi.js';
import { Nothing } from './nothing.js';

/** `GET /openapi.json`: the document of all routes, itself among them. */
export function openApiRoute(others: readonly Route[], version: string, keysWanted: boolean): Route {
  const route: Route = defineRoute({
    method: 'get',
    path: '/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This document',
    open: true,
    parameters: Nothing,
    query: Nothing,
    body: z.record(z.string(), z.unknown()),
    handle: async () => ({ status: 200, body: document }),
  });
  const document = openApiDocument([...others, route], version, keysWanted);
  return route;
}
