import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { TestSocket } from './test-socket.js';

let server: WebSocketServer;
let socket: TestSocket;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (peer) => {
    peer.send('{"type":"partial_result","session_id":"s","segment_index":0,"text":"early"}');
    peer.on('message', (data, binary) => {
      if (binary) peer.close(1009, 'too big');
      else peer.send(data.toString());
    });
  });
  socket = await TestSocket.open(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(async () => {
  socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

const ack = (chunk_index: number) => ({ type: 'ack', status: 'received', session_id: 's', chunk_index });

it('keeps what does not match for later, and returns nothing twice', async () => {
  socket.sendJson(ack(0));
  socket.sendJson(ack(1));
  expect(await socket.nextOf('ack', (m) => m.status === 'received' && m.chunk_index === 1)).toMatchObject(
    ack(1),
  );
  expect(await socket.nextOf('ack')).toMatchObject(ack(0));
  expect((await socket.nextOf('partial_result')).text).toBe('early');
  await expect(socket.nextOf('ack', () => true, 50)).rejects.toThrow('no such message in 50 ms');
  expect(socket.all('ack')).toHaveLength(2);
  expect(socket.received).toHaveLength(3);
});

it('tells how the socket ended, to those who wait as well', async () => {
  const waiting = expect(socket.nextOf('final_result')).rejects.toThrow('closed with 1009 too big');
  socket.sendBinary(Buffer.from([1]));
  await waiting;
  expect(await socket.closed).toEqual({ code: 1009, reason: 'too big' });
  await expect(socket.nextOf('final_result')).rejects.toThrow('the socket is closed');
});
