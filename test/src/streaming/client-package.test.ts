import { TributaryClient } from '@tributary/client';
import { type Cluster, startCluster, WebSocket } from '@tributary/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noise, RATE_HZ, slices, textOf } from '../speech.js';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster({ gateways: 2, env: { ENGINE: 'synthetic', LEASE_MS: '1000' } });
});
afterAll(async () => await cluster?.stop());

const BYTES_OF_100_MS = RATE_HZ / 5;

it.each([true, false])(
  'finalize and silence keep their places when the gateway dies (binary: %s)',
  async (binary) => {
    const urls = cluster.gateways.map(({ socketUrl }) => socketUrl);
    const client = new TributaryClient({ urls, WebSocket, binary, backoffBaseMs: 20, random: () => 0 });
    const session = await client.start({
      format: { encoding: 's16le', sample_rate: RATE_HZ, channels: 1 },
      gapMs: 0,
      endpointingMs: 5_000,
      maxSegmentSeconds: 60,
    });
    const [first, second] = [noise(0.7, 1), noise(0.6, 2)];
    for (const slice of slices(first, BYTES_OF_100_MS)) await session.send(slice);
    expect(await session.finalize()).toBe(6);
    const killed = cluster.gateways[0]!;
    await killed.killHard();
    try {
      for (const slice of slices(second, BYTES_OF_100_MS)) await session.send(slice);
      expect(await session.finalize()).toBe(12);
      await session.silence(2_000);
      await session.send(noise(0.3, 3));
      const final = await session.finish();
      const results = [];
      for await (const event of session)
        if (event.type === 'chunk_result' && event.text !== '') results.push(event);
      expect(results.map(({ text, start, end, finalized }) => ({ text, start, end, finalized }))).toEqual([
        { text: textOf(first), start: 0, end: 0.7, finalized: true },
        { text: textOf(second), start: 0.7, end: 1.3, finalized: true },
        expect.objectContaining({ end: 3.6 }),
      ]);
      expect(final).toMatchObject({ duration: 3.6, chunk_count: 15, status: 'completed' });
      expect(session.counters.disconnects).toBe(1);
    } finally {
      client.close();
      await killed.start();
    }
  },
);
