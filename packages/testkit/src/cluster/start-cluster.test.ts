import { expect, it } from 'vitest';
import { identify, isAlive } from '../processes/process-identity.js';
import { builtFile } from '../workspace.js';
import { startCluster } from './start-cluster.js';

const fake = builtFile('testkit', 'testing/fake-service.js');
const entries = { gateway: fake, router: fake, worker: fake };

it('runs as many services as asked, each of which can be disturbed, and leaves nothing', async () => {
  const cluster = await startCluster({ gateways: 2, routers: 1, workers: 2, entries });
  try {
    const names = [...cluster.gateways, ...cluster.routers, ...cluster.workers].map(
      (service) => service.name,
    );
    expect(names).toEqual(['gateway-1', 'gateway-2', 'router-1', 'worker-1', 'worker-2']);
    const [gateway] = cluster.gateways;
    const address = gateway?.url;
    await gateway?.restart();
    expect(gateway?.url).toBe(address);
    expect((await cluster.add('worker')).name).toBe('worker-3');
    expect(cluster.logs()).toContain('--- worker-3');
  } finally {
    const pids = [...cluster.gateways, ...cluster.workers, cluster.redis!.process].map((p) =>
      identify(p.pid!),
    );
    await cluster.stop();
    await cluster.stop();
    expect(pids.some(isAlive)).toBe(false);
  }
});

it('stops what it had started when a service does not start', async () => {
  await expect(startCluster({ env: { FAKE_BEHAVIOUR: 'misconfigured' }, entries })).rejects.toThrow(
    'router-1 ended while it was starting (exit code 2)',
  );
});
