import { type Cluster, startSentinel, type TestSentinel, waitFor } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, it } from 'vitest';
import { expectNothingLost, type Pauses, startServices } from './failover.js';

let redis: TestSentinel;
let services: Cluster;

beforeAll(async () => {
  // Of two servers: each move but the first is one back.
  redis = await startSentinel({ replicas: 1 });
  services = await startServices(redis.url);
});

afterAll(async () => {
  await services?.stop();
  await redis?.stop();
});

it('nothing is lost, doubled or disordered when sentinels move the master', async () => {
  report(await expectNothingLost(services, redis.switchOver));
}, 60_000);

it('nothing is lost, doubled or disordered when sentinels move it back', async () => {
  await followed();
  report(await expectNothingLost(services, redis.switchOver));
  // Also that one was noticed: it may have taken audio that is lost, while the other one was the master already.
  await waitFor(() => noticed() >= 2 * services.gateways.length, {
    what: 'gateways to restore their sessions',
  });
}, 60_000);

it('nothing is lost, doubled or disordered when sentinels replace a killed master', async () => {
  await followed();
  report(await expectNothingLost(services, () => redis.failover()));
}, 60_000);

/** Sentinels make the old master a replica some ten seconds after a move; before, it has nothing of what came since. */
async function followed(): Promise<void> {
  const master = new Redis((await redis.master()).port);
  const isFollowed = async (): Promise<boolean> =>
    /^slave0:.*state=online/m.test(await master.info('replication'));
  await waitFor(isFollowed, { timeoutMs: 30_000, what: 'the old master to follow' });
  master.disconnect();
}

/** How often gateways have noticed another master, all together. */
function noticed(): number {
  return services.logs().split('failed over; restoring sessions').length - 1;
}

function report(pauses: Pauses): void {
  process.stdout.write(`${JSON.stringify(pauses)}\n`);
}
