import { type Cluster, startCluster, TestSocket } from '@tributary/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noise, textOf } from '../speech.js';

const IDLE_MS = 3_000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ env: { ENGINE: 'synthetic', IDLE_TIMEOUT_MS: String(IDLE_MS) } });
}, 60_000);
afterAll(async () => await cluster?.stop());

it('keepalive keeps the connection of a silent client, and one that sends nothing is closed', async () => {
  const [quiet, kept] = await Promise.all([
    TestSocket.open(cluster.socketUrl),
    TestSocket.open(cluster.socketUrl),
  ]);
  const { sessionId } = await kept.start({ gap_ms: 0 });
  const alive = setInterval(() => kept.sendJson({ action: 'keepalive' }), IDLE_MS / 10);
  try {
    expect(await quiet.nextOf('error', () => true, 4 * IDLE_MS)).toMatchObject({ code: 'idle_timeout' });
    expect(await quiet.closed).toMatchObject({ code: 4101 });
    const began = performance.now();
    while (performance.now() - began < 2 * IDLE_MS) await kept.nextOf('ack', (m) => m.status === 'alive');
  } finally {
    clearInterval(alive);
  }
  const said = noise(0.5, 1);
  kept.sendBinary(said);
  kept.sendJson({ action: 'finish', session_id: sessionId });
  expect((await kept.nextOf('final_result', () => true, 20_000)).text).toBe(textOf(said));
  expect(kept.all('error')).toEqual([]);
  kept.terminate();
}, 60_000);
