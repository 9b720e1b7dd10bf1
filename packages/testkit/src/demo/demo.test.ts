import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { parseWav, wavFile } from '../speech/wav.js';
import { runDemo } from './demo.js';

const clip = (name: string, reference: string) => ({
  name,
  reference,
  words: [],
  wav: parseWav(wavFile(Buffer.alloc(6_400))),
});

/** What the fake gateway does with every session. */
interface Fake {
  heard: string;
  stored: string;
  sessions: number;
}

let close: (() => void) | undefined;
afterEach(() => close?.());

/** A gateway that hears what it is told to hear, and stores what it is told to store. */
async function fakeGateway(fake: Fake): Promise<{ url: string; socketUrl: string }> {
  const http = createServer((request, response) => {
    const ids = Array.from({ length: fake.sessions }, (_, n) => `s-${n}`);
    const record = { final_text: fake.stored, text: fake.stored };
    const body = request.url?.includes('history')
      ? { total: ids.length, records: ids.map((session_id) => ({ ...record, session_id })) }
      : record;
    response.end(JSON.stringify(body));
  });
  const sockets = new WebSocketServer({ server: http, path: '/ws/asr' });
  sockets.on('connection', (peer) => {
    const session_id = `s-${fake.sessions++}`;
    let bytes = 0;
    peer.on('message', (data: Buffer, binary) => {
      if (binary) {
        bytes += data.length;
        return;
      }
      const { action } = JSON.parse(data.toString()) as { action: string };
      if (action === 'start') {
        peer.send(
          JSON.stringify({ type: 'ack', status: 'session_started', session_id, resume_token: 'secret-1' }),
        );
      } else {
        const duration = (bytes - 44) / 32_000;
        peer.send(JSON.stringify({ type: 'chunk_result', session_id, seq: 1, text: fake.heard }));
        peer.send(JSON.stringify({ type: 'final_result', session_id, seq: 2, text: fake.heard, duration }));
      }
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  close = () => {
    for (const peer of sockets.clients) peer.terminate();
    http.closeAllConnections();
    http.close();
  };
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, socketUrl: `ws://127.0.0.1:${port}/ws/asr` };
}

it('counts word errors over all recordings', async () => {
  const gateway = await fakeGateway({ heard: 'one two', stored: 'one two', sessions: 0 });
  const lines: string[] = [];
  const cluster = { url: gateway.url, gateways: [gateway] as never };
  const result = await runDemo(
    cluster,
    [clip('a-1.wav', 'one two'), clip('a-2.wav', 'one three')],
    { pace: 1 },
    (line) => lines.push(line),
  );
  expect(result).toEqual({ sessions: 2, wordErrorRate: 0.25, problems: [] });
  expect(lines).toContain('2  1 of 2 words wrong');
});

it('fails when history holds another text', async () => {
  const gateway = await fakeGateway({ heard: 'one two', stored: 'one', sessions: 0 });
  const cluster = { url: gateway.url, gateways: [gateway] as never };
  const result = await runDemo(
    cluster,
    [clip('a-1.wav', 'one two')],
    { pace: 10, storedMs: 200 },
    () => undefined,
  );
  expect(result.problems).toHaveLength(1);
  expect(result.problems[0]).toContain('the session holds "one" instead of "one two"');
});
