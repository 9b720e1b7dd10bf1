import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@tributary/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TcpProxy } from './tcp-proxy.js';

/** Says everything back. */
let server: Server;
let proxy: TcpProxy;
let served: string;

beforeEach(async () => {
  served = '';
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      served += bytes.toString();
      socket.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await TcpProxy.start((server.address() as AddressInfo).port);
});

afterEach(async () => {
  await proxy.close();
  server.close();
});

interface Peer {
  readonly socket: Socket;
  heard: string;
  closed: boolean;
}

async function open(): Promise<Peer> {
  const socket = connect(proxy.port, '127.0.0.1');
  const peer: Peer = { socket, heard: '', closed: false };
  socket.setEncoding('utf8').on('data', (text: string) => {
    peer.heard += text;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    peer.closed = true;
  });
  await once(socket, 'connect');
  return peer;
}

const hears = async (peer: Peer, text: string): Promise<void> => {
  await waitFor(() => peer.heard === text, { what: `${text} to be heard` });
};

it('passes everything on, in order, also when it is slow', async () => {
  const peer = await open();
  peer.socket.write('a');
  await hears(peer, 'a');
  proxy.setWeather({ delayMs: 30 });
  const began = performance.now();
  peer.socket.write('b');
  await sleep(5);
  peer.socket.write('c');
  await hears(peer, 'abc');
  expect(performance.now() - began).toBeGreaterThanOrEqual(55);
  proxy.setWeather({});
  peer.socket.write('d');
  await hears(peer, 'abcd');
});

it('a black hole lets nothing through, and everything afterwards', async () => {
  const peer = await open();
  proxy.setWeather({ held: true });
  peer.socket.write('a');
  const late = await open();
  late.socket.write('b');
  await sleep(100);
  expect([served, peer.closed, late.closed]).toEqual(['', false, false]);
  proxy.setWeather({});
  await hears(peer, 'a');
  await hears(late, 'b');
});

it('drops replies while requests pass, and then the connection', async () => {
  const peer = await open();
  proxy.setWeather({ repliesDropped: true });
  peer.socket.write('a');
  await waitFor(() => served === 'a', { what: 'the request' });
  await sleep(50);
  expect(peer.closed).toBe(false);
  proxy.setWeather({});
  await waitFor(() => peer.closed, { what: 'the end of the connection' });
  expect(peer.heard).toBe('');
});

it('can mean one client only, by the name it gives itself', async () => {
  const name = (text: string): string =>
    `*3\r\n$6\r\nclient\r\n$7\r\nsetname\r\n$${text.length}\r\n${text}\r\n`;
  const [one, two] = [await open(), await open()];
  one.socket.write(name('worker-1'));
  two.socket.write(name('worker-2'));
  await hears(two, name('worker-2'));
  expect(proxy.names.sort()).toEqual(['worker-1', 'worker-2']);
  proxy.setWeather({ held: true }, (client) => client === 'worker-1');
  one.socket.write('a');
  two.socket.write('b');
  await hears(two, `${name('worker-2')}b`);
  expect(one.heard).toBe(name('worker-1'));
  proxy.reset((client) => client === 'worker-2');
  await waitFor(() => two.closed, { what: 'the reset' });
  expect(one.closed).toBe(false);
});
