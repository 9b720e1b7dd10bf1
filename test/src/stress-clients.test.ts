import { readFile } from 'node:fs/promises';
import { type Cluster, startCluster, TestSocket, waitFor } from '@tributary/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { besideNeighbour } from './neighbour.js';
import { frame, RawClient } from './raw-client.js';
import { chunk, noise, textsOf } from './speech.js';

const MIB = 1_048_576;
const MAX_CHUNK_BYTES = 8 * MIB;
/** What a WebSocket client makes of a connection that just ends. */
const NO_CLOSE_FRAME = 1_006;
const SILENT_SOCKETS = 500;
const RECONNECTS = 400;
/** Above what the gateway had before anything happened; a leak of messages or sockets would be far more. */
const SANE_GROWTH_BYTES = 200 * MIB;

let cluster: Cluster;
beforeAll(async () => {
  // All limits as they are when nobody sets them.
  cluster = await startCluster({ env: { ENGINE: 'synthetic' } });
});
afterAll(async () => await cluster?.stop());

/** Memory of the gateway's process. */
async function memoryBytes(): Promise<number> {
  const status = await readFile(`/proc/${cluster.gateways[0]!.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
}

async function openMany(count: number): Promise<TestSocket[]> {
  return await Promise.all(Array.from({ length: count }, () => TestSocket.open(cluster.socketUrl)));
}

async function expectSessionWorks(): Promise<void> {
  const socket = await TestSocket.open(cluster.socketUrl);
  try {
    const { sessionId } = await socket.start();
    const pcm = noise(2.5, 1);
    socket.sendJson(chunk(sessionId, 0, pcm));
    socket.sendJson({ action: 'finish', session_id: sessionId });
    expect((await socket.nextOf('final_result')).text).toBe(textsOf(pcm).join(' '));
  } finally {
    socket.terminate();
  }
}

it('stays well under clients that do what clients should not', async () => {
  await expectSessionWorks();
  const memoryBefore = await memoryBytes();
  const pid = cluster.gateways[0]!.pid;

  await besideNeighbour(cluster.socketUrl, async () => {
    const silent = await openMany(SILENT_SOCKETS);
    await expectSessionWorks();
    for (const socket of silent) expect(socket.received).toEqual([]);

    // In the middle of a message, all of them at the same moment, half of them without a word.
    const half = frame(JSON.stringify(chunk('nobody', 0, noise(2, 2)))).subarray(0, 40_000);
    const cut = await Promise.all(Array.from({ length: 100 }, () => RawClient.open(cluster.socketUrl)));
    for (const [n, { tcp }] of cut.entries()) {
      tcp.write(half);
      if (n % 2 === 0) tcp.end();
      else tcp.resetAndDestroy();
    }
    await Promise.all(cut.map((client) => client.closed));
    await expectSessionWorks();

    for (const socket of silent) socket.terminate();
    await Promise.all(silent.map((socket) => socket.closed));
  });

  await besideNeighbour(cluster.socketUrl, async () => {
    // Each as a client does that lost its network: connect, say a little, be cut off, come back.
    const first = await openMany(RECONNECTS);
    await Promise.all(
      first.map(async (socket, n) => {
        await socket.start({ session_id: `back-${n}`, resume_token: `token of ${n}` });
        socket.sendBinary(noise(0.1, 3));
        await socket.nextOf('ack', (m) => m.status === 'received');
        socket.terminate();
      }),
    );
    const second = await openMany(RECONNECTS);
    await Promise.all(
      second.map(async (socket, n) => {
        await socket.start({ session_id: `back-${n}`, resume_token: `token of ${n}` });
        socket.sendJson({ action: 'finish', session_id: `back-${n}` });
        expect((await socket.nextOf('final_result')).text).toBe(textsOf(noise(0.1, 3)).join(' '));
        await socket.close();
      }),
    );
  });
  await expectSessionWorks();

  expect(cluster.gateways[0]!.pid).toBe(pid);
  await waitFor(async () => (await memoryBytes()) < memoryBefore + SANE_GROWTH_BYTES, {
    what: 'the gateway to need no more memory than before, or not much',
  });
}, 60_000);

it('takes a chunk of 8 MiB, refuses a larger one, and survives a message far beyond', async () => {
  const memoryBefore = await memoryBytes();
  await besideNeighbour(cluster.socketUrl, async () => {
    const socket = await TestSocket.open(cluster.socketUrl);
    const { sessionId } = await socket.start({ gap_ms: 0 });
    const largest = noise(MAX_CHUNK_BYTES / 32_000, 4);
    socket.sendJson(chunk(sessionId, 0, Buffer.alloc(MAX_CHUNK_BYTES + 1)));
    expect(await socket.nextOf('error')).toMatchObject({ code: 'chunk_too_large', chunk_index: 0 });
    socket.sendJson(chunk(sessionId, 1, largest));
    socket.sendJson({ action: 'finish', session_id: sessionId });
    const final = await socket.nextOf('final_result', () => true, 20_000);
    expect(final).toMatchObject({ text: textsOf(largest).join(' '), chunk_count: 1 });

    // Up to four times as much is still read, so that it can be answered.
    const again = await socket.start();
    const huge = { action: 'chunk', session_id: again.sessionId, chunk_index: 0 };
    socket.sendJson({ ...huge, audio_data: 'A'.repeat(30 * MIB) });
    expect(await socket.nextOf('error')).toMatchObject({ code: 'chunk_too_large', chunk_index: 0 });
    socket.sendJson({ ...huge, audio_data: 'A'.repeat(40 * MIB) });
    // Cut at the frame's header, before anything of it is kept: too early for a close frame of our own.
    expect((await socket.closed).code).toBe(NO_CLOSE_FRAME);
  });
  await expectSessionWorks();
  await waitFor(async () => (await memoryBytes()) < memoryBefore + SANE_GROWTH_BYTES, {
    what: 'the gateway to need no more memory than before, or not much',
  });
}, 60_000);
