import { setTimeout as sleep } from 'node:timers/promises';
import { type Bounds, mayGoOn, warmUpOf } from './bounds.js';
import { Child } from './child.js';
import type { Cost } from './cost.js';
import type { LoadMessage, LoadOptions, ServerMessage, ServerSnapshot } from './socket-protocol.js';

/** Clients that speak at the same time. */
const CONNECTIONS = 64;
const LOOK_MS = 25;

/** uWebSockets.js receives a binary frame and replies: CPU of the server, in a process of its own. */
export async function measureSocket(bounds: Bounds, chunkBytes: number): Promise<Cost> {
  const server = new Child<ServerMessage>('socket-server-main');
  let load: Child<LoadMessage> | undefined;
  try {
    const { port } = await server.next('listening');
    const options: LoadOptions = { port, connections: CONNECTIONS, chunkBytes, everyMs: 0 };
    load = new Child<LoadMessage>('socket-load-main', JSON.stringify(options));
    await load.next('connected');
    load.send('go');
    await follow(server, warmUpOf(bounds));
    return await follow(server, bounds);
  } finally {
    await load?.stop();
    await server.stop();
  }
}

/** Looks on until the server has had so much more. */
async function follow(server: Child<ServerMessage>, bounds: Bounds): Promise<Cost> {
  const startedAt = performance.now();
  const first = await snapshot(server);
  for (;;) {
    await sleep(LOOK_MS);
    const { frames, cpuMicros } = await snapshot(server);
    const wallMs = performance.now() - startedAt;
    const chunks = frames - first.frames;
    if (!mayGoOn(bounds, chunks, wallMs)) {
      return { chunks, wallMs, cpuMicros: { server: cpuMicros - first.cpuMicros } };
    }
  }
}

async function snapshot(server: Child<ServerMessage>): Promise<ServerSnapshot> {
  const answer = server.next('snapshot');
  server.send('snapshot');
  return await answer;
}
