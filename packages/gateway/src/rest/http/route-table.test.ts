import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineRoute, type Method } from './route.js';
import { RouteTable } from './route-table.js';

const route = (method: Method, path: string, open = false) =>
  defineRoute({
    method,
    path,
    open,
    operationId: `${method} ${path}`,
    summary: '',
    parameters: z.object({}),
    query: z.object({}),
    body: z.unknown(),
    handle: async () => ({ status: 200, body: null }),
  });

const table = new RouteTable([
  route('get', '/health', true),
  route('get', '/session/{id}'),
  route('delete', '/session/{id}'),
]);
const request = (method: string, path: string) => ({
  method,
  path,
  query: '',
  headers: { authorization: '', origin: '', 'x-api-key': '' },
});

test.each([
  ['get', '/api/v1/health', 'get /health', {}],
  ['head', '/api/v1/health', 'get /health', {}],
  ['delete', '/api/v1/session/a%3Ab', 'delete /session/{id}', { id: 'a:b' }],
  ['get', '/api/v1/session/%zz', 'get /session/{id}', { id: '%zz' }],
  ['get', '/api/v1/session/a%2Fb', 'get /session/{id}', { id: 'a/b' }],
  ['get', '/api/v1/session/__proto__', 'get /session/{id}', { id: '__proto__' }],
])('%s %s', (method, path, operationId, parameters) => {
  const found = table.find(request(method, path));
  expect(found.route.operationId).toBe(operationId);
  expect(found.parameters).toEqual(parameters);
});

test.each([
  '/api',
  '/api/v1',
  '/api/v1/',
  '/api/v1/session',
  '/api/v1/session/',
  '/api/v1/session/a/b',
  '/api/v1/HEALTH',
  '/api/v2/health',
])('there is no %s', (path) => {
  expect(() => table.find(request('get', path))).toThrow(expect.objectContaining({ status: 404 }));
});

test('a wrong method is told the right ones', () => {
  expect(() => table.find(request('put', '/api/v1/session/a'))).toThrow(
    expect.objectContaining({ status: 405, headers: { allow: 'GET, HEAD, DELETE, OPTIONS' } }),
  );
});

test('keys guard everything below the prefix that is not open', () => {
  expect(table.guarded('/api/v1/health')).toBe(false);
  for (const path of ['/api/v1', '/api/v1/session/a', '/api/v1/nothing'])
    expect(table.guarded(path)).toBe(true);
  for (const path of ['/api', '/api/v2/x', '/api/v1x']) expect(table.guarded(path)).toBe(false);
});
