import { type Cluster, startSentinel, type TestSentinel } from '@tributary/testkit';
import { afterAll, beforeAll, it } from 'vitest';
import { expectNothingLost, type Pauses, startServices } from './failover.js';

let redis: TestSentinel;
let services: Cluster;

beforeAll(async () => {
  redis = await startSentinel();
  services = await startServices(redis.url);
});

afterAll(async () => {
  await services?.stop();
  await redis?.stop();
});

it('nothing is lost, doubled or disordered when sentinels move the master', async () => {
  report(await expectNothingLost(services, redis.switchOver));
}, 60_000);

it('nothing is lost, doubled or disordered when sentinels replace a killed master', async () => {
  report(await expectNothingLost(services, () => redis.failover()));
}, 60_000);

function report(pauses: Pauses): void {
  process.stdout.write(`${JSON.stringify(pauses)}\n`);
}
