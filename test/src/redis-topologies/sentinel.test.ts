import { type Cluster, startSentinel, type TestSentinel, waitFor } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectNothingLost, type Pauses, SESSIONS, startServices } from './failover.js';

/** Sessions are still spoken in when the master has moved twice. */
const LONG_SECONDS = 8.35;

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

it('nothing is lost, doubled or disordered when sentinels move the master, and back before it follows', async () => {
  report(await expectNothingLost(services, thereAndBack, LONG_SECONDS));
  // Also the second move was noticed: the first master may have taken audio that is lost, while the other one was it.
  await waitFor(() => noticed() >= 2 * services.gateways.length, {
    what: 'gateways to restore their sessions',
  });
}, 60_000);

it('nothing is lost, doubled or disordered when sentinels move it to one that follows', async () => {
  await followed();
  report(await expectNothingLost(services, redis.switchOver));
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

/** Moves the master, and back as soon as there are events that only the new one has. */
async function thereAndBack(): Promise<number> {
  const startedAt = performance.now();
  await redis.switchOver();
  const master = new Redis((await redis.master()).port);
  const before = await events(master);
  await waitFor(async () => (await events(master)) >= before + SESSIONS, {
    what: 'events of the second master',
  });
  expect(await master.info('replication')).toContain('connected_slaves:0');
  master.disconnect();
  // A sentinel refuses until it has seen the first master again.
  await waitFor(redis.switchOver, { what: 'the first master to be one again' });
  return performance.now() - startedAt;
}

async function events(master: Redis): Promise<number> {
  const lengths = (await master.keys('*:events:*')).map((name) => master.xlen(name));
  return (await Promise.all(lengths)).reduce((sum, length) => sum + length, 0);
}

/** How often gateways have noticed another master, all together. */
function noticed(): number {
  return services.logs().split('failed over; restoring sessions').length - 1;
}

function report(pauses: Pauses): void {
  process.stdout.write(`${JSON.stringify(pauses)}\n`);
}
