import { startCluster, TestSocket, waitFor } from '@tributary/testkit';
import { expect, test } from 'vitest';
import { chunk, noise, textsOf } from '../speech.js';

/** Also on a busy machine a client has moved long before. */
const DRAIN_MS = 6_000;
const CLIENTS = 20;

test('a gateway that stops tells its clients to move, closes with 1012 who moved at once and the others in the end', async () => {
  const cluster = await startCluster({
    gateways: 2,
    env: { ENGINE: 'synthetic', DRAIN_MS: String(DRAIN_MS) },
  });
  try {
    const [leaving, staying] = cluster.gateways;
    const sockets = await Promise.all(
      Array.from({ length: CLIENTS }, () => TestSocket.open(leaving!.socketUrl)),
    );
    const sessions = await Promise.all(sockets.map((socket) => socket.start({ gap_ms: 0 })));
    const pcm = noise(1.5, 1);
    for (const [i, socket] of sockets.entries()) socket.sendJson(chunk(sessions[i]!.sessionId, 0, pcm));
    await Promise.all(sockets.map((socket) => socket.nextOf('ack', (m) => m.status === 'received')));

    const stopped = leaving!.stop(2 * DRAIN_MS);
    const moments = new Set<number>();
    for (const socket of sockets) {
      const { reason, within_ms: withinMs } = await socket.nextOf('reconnect');
      moments.add(withinMs);
      expect(reason).toBe('draining');
      expect(withinMs).toBeGreaterThan(0);
      expect(withinMs).toBeLessThan(DRAIN_MS);
    }
    // So that not all come at once, also of clients that wait until the last moment.
    expect(moments.size).toBeGreaterThan(CLIENTS / 2);
    await waitFor(async () => await refuses(leaving!.socketUrl), { what: 'its listener to be closed' });

    // Audio is taken as before until a client has moved.
    const [mover, ...others] = sockets;
    const { sessionId, resumeToken } = sessions[0]!;
    mover!.sendJson(chunk(sessionId, 1, pcm));
    await mover!.nextOf('ack', (m) => m.status === 'received' && m.chunk_index === 1);
    const moved = await TestSocket.open(staying!.socketUrl);
    const lastSeq = mover!.all('chunk_result').at(-1)?.seq ?? 0;
    moved.sendJson({
      ...{ action: 'resume', session_id: sessionId, resume_token: resumeToken, last_seq: lastSeq },
    });
    await moved.nextOf('ack', (m) => m.status === 'session_resumed');
    expect((await mover!.closed).code).toBe(1012);
    for (const { socket } of others) expect(socket.readyState).toBe(socket.OPEN);
    const ends = await Promise.all(others.map((socket) => socket.closed));
    expect(new Set(ends.map(({ code }) => code))).toEqual(new Set([1012]));
    await stopped;

    moved.sendJson({ action: 'finish', session_id: sessionId });
    const final = await moved.nextOf('final_result');
    expect(final.text).toBe(textsOf(Buffer.concat([pcm, pcm])).join(' '));
    await moved.close();
  } finally {
    await cluster.stop();
  }
}, 60_000);

async function refuses(socketUrl: string): Promise<boolean> {
  try {
    (await TestSocket.open(socketUrl)).terminate();
    return false;
  } catch {
    return true;
  }
}
