import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RestGateway, startRestGateway } from './rest-gateway.js';

describe('without keys, open to all origins', () => {
  let gateway: RestGateway;

  beforeAll(async () => {
    gateway = await startRestGateway();
  });

  afterAll(async () => {
    await gateway.stop();
  });

  test.each([
    '/api',
    '/api/',
    '/api/v1',
    '/api/v1/',
    '/api/v1/nothing',
    '/api/v1/session',
    '/api/v2/health',
    '/api/v1/health/',
  ])('%s is not found', async (path) => {
    const response = await fetch(gateway.url + path);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: 'there is no such route', code: 'not_found' });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s on a route that has none', async (method) => {
    const body = method === 'DELETE' ? null : 'x'.repeat(200_000);
    const response = await fetch(`${gateway.url}/api/v1/stats`, { method, body });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect(await response.json()).toMatchObject({ code: 'invalid_request' });
  });

  test('HEAD is GET without the body', async () => {
    const response = await fetch(`${gateway.url}/api/v1/stats`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(50);
    expect(await response.text()).toBe('');
  });

  test('a preflight is answered', async () => {
    const response = await fetch(`${gateway.url}/api/v1/session/abc`, {
      method: 'OPTIONS',
      headers: { origin: 'https://example.org', 'access-control-request-method': 'DELETE' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-methods')).toContain('DELETE');
    expect(response.headers.get('access-control-allow-headers')).toContain('x-api-key');
  });

  test('the document describes every route', () => {
    const { openapi, paths } = gateway.api.document;
    expect(openapi).toBe('3.1.0');
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(operations.sort()).toEqual([
      'delete /api/v1/session/{id}',
      'get /api/v1/asr/queue/status',
      'get /api/v1/health',
      'get /api/v1/history',
      'get /api/v1/openapi.json',
      'get /api/v1/session/{id}',
      'get /api/v1/stats',
    ]);
    expect(paths['/api/v1/history']?.get).toMatchObject({
      parameters: [
        { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 500, default: 50 } },
        { name: 'before', in: 'query', required: false, schema: { type: 'string' } },
      ],
      responses: { 200: {}, 400: {}, 503: {} },
    });
    const references = [...JSON.stringify(gateway.api.document).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(10);
    for (const [, name] of references)
      expect(gateway.api.document.components.schemas).toHaveProperty(name ?? '');
  });

  test('probes and metrics', async () => {
    for (const path of ['/livez', '/readyz']) {
      const response = await fetch(gateway.url + path);
      expect([response.status, await response.text()]).toEqual([200, 'ok']);
    }
    const metrics = await fetch(`${gateway.url}/metrics`);
    expect(metrics.status).toBe(200);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
  });
});

describe('with keys and two origins', () => {
  let gateway: RestGateway;

  beforeAll(async () => {
    const env = { API_KEYS: 'first-key, second-key', CORS_ORIGIN: 'https://a.example,https://b.example' };
    gateway = await startRestGateway({ env, key: 'second-key' });
  });

  afterAll(async () => {
    await gateway.stop();
  });

  test.each(['/history', '/session/x', '/stats', '/asr/queue/status'])('%s wants a key', async (path) => {
    for (const headers of [{}, { authorization: 'Bearer wrong' }, { 'x-api-key': 'first-ke' }]) {
      const {
        status,
        body,
        headers: answered,
      } = await gateway.api.get(path, headers as Record<string, string>);
      expect([status, body.code]).toEqual([401, 'unauthorized']);
      expect(answered.get('www-authenticate')).toBe('Bearer');
    }
    const expected = path === '/session/x' ? 404 : 200;
    expect((await gateway.api.get(path, { authorization: 'Bearer first-key' })).status).toBe(expected);
    expect((await gateway.api.get(path, { 'x-api-key': 'second-key' })).status).toBe(expected);
  });

  test('nor does a session fall without one, nor does a route show that it is none', async () => {
    expect((await gateway.api.delete('/session/x', {})).status).toBe(401);
    expect((await fetch(`${gateway.url}/api/v1/nothing`)).status).toBe(401);
    expect(
      (await fetch(`${gateway.url}/api/v1/nothing`, { headers: { 'x-api-key': 'first-key' } })).status,
    ).toBe(404);
  });

  test.each(['/api/v1/health', '/api/v1/openapi.json', '/livez', '/readyz', '/metrics'])(
    '%s is open',
    async (path) => {
      expect((await fetch(gateway.url + path)).status).toBe(200);
    },
  );

  test('only the origins that are set are allowed', async () => {
    const origin = async (from: string): Promise<string | null> =>
      (await gateway.api.get('/stats', { origin: from, 'x-api-key': 'first-key' })).headers.get(
        'access-control-allow-origin',
      );
    expect(await origin('https://b.example')).toBe('https://b.example');
    expect(await origin('https://c.example')).toBeNull();
    const refused = await fetch(`${gateway.url}/api/v1/stats`, { headers: { origin: 'https://a.example' } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
      401,
      'https://a.example',
    ]);
  });
});
