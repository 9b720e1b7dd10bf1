import { type Cluster, startRedisCluster, type TestRedisCluster } from '@tributary/testkit';
import { afterAll, beforeAll, it } from 'vitest';
import { expectNothingLost, type Pauses, startServices } from './failover.js';

let redis: TestRedisCluster;
let services: Cluster;

beforeAll(async () => {
  redis = await startRedisCluster();
  services = await startServices(redis.url);
});

afterAll(async () => {
  await services?.stop();
  await redis?.stop();
});

it('nothing is lost, doubled or disordered when a replica takes over in good order', async () => {
  report(await expectNothingLost(services, redis.switchOver));
}, 60_000);

it('nothing is lost, doubled or disordered when a cluster replaces a killed master', async () => {
  report(await expectNothingLost(services, () => redis.failover()));
}, 60_000);

function report(pauses: Pauses): void {
  process.stdout.write(`${JSON.stringify(pauses)}\n`);
}
