import { freePort, startCluster, TestSocket, waitFor } from '@tributary/testkit';
import { expect, test } from 'vitest';

test('a draining gateway takes no new clients, and still tells Prometheus and Kubernetes so', async () => {
  const adminPort = await freePort();
  const cluster = await startCluster({
    env: { ENGINE: 'synthetic', ADMIN_PORT: String(adminPort), DRAIN_MS: '20000' },
  });
  const admin = `http://127.0.0.1:${adminPort}`;
  try {
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
    const socket = await TestSocket.open(cluster.socketUrl);
    await socket.start();
    const gateway = cluster.gateways[0]!;
    const ended = new Promise<number | null>((resolve) => gateway.onEnd(({ code }) => resolve(code)));
    gateway.kill('SIGTERM');
    await waitFor(async () => (await fetch(`${admin}/readyz`)).status === 503, { what: 'it to be unready' });
    await expect(TestSocket.open(cluster.socketUrl)).rejects.toThrow();
    await waitFor(
      async () => {
        const text = await (await fetch(`${admin}/metrics`)).text();
        return Number(/^tributary_draining_seconds\{.*\} (.+)$/m.exec(text)?.[1]) > 0;
      },
      { what: 'the time of its drain' },
    );
    expect((await fetch(`${admin}/livez`)).status).toBe(200);
    socket.terminate();
    expect(await ended).toBe(0);
  } finally {
    await cluster.stop();
  }
});
