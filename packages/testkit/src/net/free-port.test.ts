import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { assertPortFree, BLOCK_PORTS, freePort, onFreePort, PortInUseError } from './free-port.js';

it('gives ports that differ and can be used', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, async () => await freePort()));
  expect(new Set(ports).size).toBe(50);
  for (const port of ports) await assertPortFree(port, '127.0.0.1');
});

it('holds the block that it gives from, so that no other process gives of it', async () => {
  const port = await freePort();
  const first = port - (port % BLOCK_PORTS);
  expect(port).not.toBe(first);
  await expect(assertPortFree(first, '127.0.0.1')).rejects.toThrow(PortInUseError);
});

it('notices a port that is taken', async () => {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  await expect(assertPortFree(port, '127.0.0.1')).rejects.toThrow(PortInUseError);
  server.close();
});

it('tries another port when somebody was faster, and gives up on other errors', async () => {
  const tried: number[] = [];
  await onFreePort(async (port) => {
    tried.push(port);
    if (tried.length < 3) throw new Error('bind: Address already in use');
  });
  expect(new Set(tried).size).toBe(3);
  await expect(onFreePort(() => Promise.reject(new Error('no disk')))).rejects.toThrow('no disk');
});
