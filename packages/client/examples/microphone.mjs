#!/usr/bin/env node
/**
 * Serves a page on which you speak and read along: your browser's microphone, this package, a running Tributary.
 *
 *   node examples/microphone.mjs ws://127.0.0.1:8080/ws/asr [another gateway ...]
 *
 * The package must be built (`npm start` does that). PORT chooses the page's port; any free one unless set. Browsers give
 * a microphone only to pages of this machine (127.0.0.1) and of https addresses.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const urls = process.argv.slice(2);
if (urls.length === 0 || urls.some((url) => !/^wss?:/.test(url))) {
  console.error('usage: microphone.mjs ws://GATEWAY/ws/asr [another gateway ...]');
  process.exit(2);
}

const here = new URL('.', import.meta.url);
if (!existsSync(new URL('../dist/index.js', here))) {
  console.error('the client is not built yet; in the root of the repository: npx tsc -b packages/client');
  process.exit(1);
}
const page = await readFile(new URL('microphone.html', here), 'utf8');

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://page');
  if (pathname === '/') return send(response, 'text/html; charset=utf-8', page);
  if (pathname === '/gateways.json') return send(response, 'application/json', JSON.stringify(urls));
  // The built package as it is: a browser needs nothing else.
  const script = /^\/client((?:\/[a-z0-9-]+)+\.js)$/.exec(pathname)?.[1];
  const text = script && (await readFile(new URL(`../dist${script}`, here), 'utf8').catch(() => undefined));
  if (text) send(response, 'text/javascript; charset=utf-8', text);
  else response.writeHead(404).end();
});

function send(response, type, text) {
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
}

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`open http://127.0.0.1:${server.address().port} and speak; Ctrl-C ends it`);
});
