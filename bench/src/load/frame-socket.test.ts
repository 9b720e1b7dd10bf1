import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { FrameMemory, FrameSocket } from './frame-socket.js';

interface Seen {
  readonly socket: FrameSocket;
  readonly events: string[];
  readonly messages: string[];
  /** Until one of these events came. */
  until(...any: string[]): Promise<void>;
}

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

function open(port: number, memory = new FrameMemory()): Seen {
  const events: string[] = [];
  const messages: string[] = [];
  const socket = new FrameSocket(`ws://127.0.0.1:${port}/ws?a=b`, memory, {
    opened: () => events.push('opened'),
    message: (text) => {
      messages.push(text);
      events.push(`message ${messages.length}`);
    },
    refused: (afterMs) => events.push(`refused ${afterMs}`),
    closed: () => events.push('closed'),
  });
  undo.push(() => socket.close());
  const until = async (...any: string[]): Promise<void> => {
    await vi.waitUntil(() => any.some((what) => events.includes(what)), { interval: 2, timeout: 10_000 });
  };
  return { socket, events, messages, until };
}

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A server of the library that everybody uses. */
async function serve(connected: (socket: WebSocket, url: string | undefined) => void): Promise<number> {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, { url }) => connected(socket, url));
  undo.push(() => {
    for (const client of sockets.clients) client.terminate();
  });
  return await listen(server);
}

describe('a socket of the load', () => {
  it('sends and gets messages of any length, text and binary, and leaves in peace', async () => {
    const path: (string | undefined)[] = [];
    const closed: unknown[] = [];
    const port = await serve((socket, url) => {
      path.push(url);
      socket.on('message', (data: Buffer, isBinary) => {
        socket.send(isBinary ? data.toString('hex') : data.toString());
      });
      socket.on('close', (code) => closed.push(code));
    });
    const { socket, messages, until } = open(port);
    await until('opened');
    const samples = fc.sample(fc.string({ unit: 'grapheme', maxLength: 200 }), 60);
    const texts = [...samples, '', 'x'.repeat(125), 'x'.repeat(126), 'ü'.repeat(40_000), 'x'.repeat(300_000)];
    for (const text of texts) socket.send(text);
    for (const text of texts) socket.send(Buffer.from(text));
    await until(`message ${2 * texts.length}`);
    expect(messages).toEqual([...texts, ...texts.map((text) => Buffer.from(text).toString('hex'))]);
    expect(path).toEqual(['/ws?a=b']);
    socket.close();
    await until('closed');
    await vi.waitFor(() => expect(closed).toEqual([1_000]));
  });

  it('shares its memory with others', async () => {
    const port = await serve((socket) => {
      socket.on('message', (data: Buffer) => socket.send(data.toString()));
    });
    const memory = new FrameMemory();
    const all = Array.from({ length: 20 }, () => open(port, memory));
    await Promise.all(all.map(async ({ until }) => await until('opened')));
    for (let n = 0; n < 50; n++)
      for (const [i, { socket }] of all.entries()) socket.send(`${i}-${n}-`.repeat(900));
    await Promise.all(all.map(async ({ until }) => await until('message 50')));
    for (const [i, { messages }] of all.entries())
      expect(messages).toEqual(Array.from({ length: 50 }, (_, n) => `${i}-${n}-`.repeat(900)));
  });

  it('keeps what a slow server does not take', async () => {
    const port = await serve((socket) => {
      socket.pause();
      setTimeout(() => socket.resume(), 100);
      let bytes = 0;
      socket.on('message', (data: Buffer) => {
        for (const byte of data) if (byte !== (bytes >> 16) % 251) return socket.close(1_002);
        bytes += data.length;
        if (bytes === 200 * 65_536) socket.send('all');
      });
    });
    const { socket, until, events } = open(port);
    await until('opened');
    for (let n = 0; n < 200; n++) socket.send(Buffer.alloc(65_536, n % 251));
    await until('message 1', 'closed');
    expect(events).toEqual(['opened', 'message 1']);
  });

  it('answers pings and a goodbye, and tells of the end once', async () => {
    const got: string[] = [];
    const port = await serve((socket) => {
      socket.ping('are you there');
      socket.on('pong', (data) => {
        got.push(data.toString());
        socket.close(4_001, 'go away');
      });
      socket.on('close', (code) => got.push(`${code}`));
    });
    const { events, until, socket } = open(port);
    await until('closed');
    socket.send('too late');
    await vi.waitFor(() => expect(got).toEqual(['are you there', '4001']));
    expect(events).toEqual(['opened', 'closed']);
    expect(socket.isOpen).toBe(false);
  });

  it.each([
    [
      'refuses, and says when to come back',
      'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1.5\r\nContent-Length: 8\r\n\r\ndraining',
      'refused 1500',
    ],
    [
      'does not prove that it speaks WebSocket',
      'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: no\r\n\r\n',
      'refused undefined',
    ],
  ])('is told of a server that %s, and closed', async (_what, answer, refusal) => {
    const server = createServer();
    server.on('upgrade', (_request, socket: Socket) => void socket.write(answer));
    const { events, until } = open(await listen(server));
    await until('closed');
    expect(events).toEqual([refusal, 'closed']);
  });

  it.each([
    ['ends', (socket: Socket) => socket.end()],
    ['breaks', (socket: Socket) => socket.resetAndDestroy()],
    ['talks nonsense without end', (socket: Socket) => socket.write('x'.repeat(100_000))],
  ])('is closed when a server %s before it answers', async (_what, act) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      undo.push(() => socket.destroy());
      act(socket);
    });
    const { events, until } = open(await listen(server));
    await until('closed');
    expect(events).toEqual(['closed']);
  });

  it('is closed when nobody listens', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const { events, until } = open(port);
    await until('closed');
    expect(events).toEqual(['closed']);
  });
});
