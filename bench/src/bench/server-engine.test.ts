import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { engineOfServer } from './server-engine.js';

/** What is found out of a server that answers like this. */
async function ask(status: number, body: string): Promise<unknown> {
  const paths: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await engineOfServer(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    expect(paths).toEqual(['/api/v1/asr/queue/status']);
  }
}

it.each([
  [{ engines: { synthetic: 2 } }, { engine: 'synthetic' }],
  [{ engines: { sherpa: 1 } }, { engine: 'sherpa' }],
  [{ engines: { sherpa: 1, pocketsphinx: 1 } }, { engine: 'sherpa' }],
  [{ engines: { sherpa: 1, synthetic: 1 } }, { unknown: 'it mixes sherpa and synthetic' }],
  [{ engines: {} }, { unknown: 'it names no recogniser' }],
  [{}, { unknown: 'it names no recogniser' }],
  [null, { unknown: 'it names no recogniser' }],
])('%j: %j', async (body, expected) => {
  expect(await ask(200, JSON.stringify(body))).toEqual(expected);
});

it('a server that says something else, or nothing, is no failure', async () => {
  expect(await ask(404, '{}')).toEqual({ unknown: 'it answered 404' });
  expect(await ask(200, 'hello')).toMatchObject({ unknown: expect.any(String) });
  expect(await engineOfServer('127.0.0.1:1')).toMatchObject({ unknown: expect.any(String) });
});
