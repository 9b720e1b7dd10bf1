import {
  blackHole,
  dropReplies,
  isolateOne,
  resetConnections,
  slowNetwork,
} from './faults/network-faults.js';
import { stopPostgres } from './faults/postgres-faults.js';
import { fillRedis, killRedis } from './faults/redis-faults.js';
import { killOne, pauseOne, restartGently } from './faults/service-faults.js';
import type { Scenario } from './scenario.js';
import type { World } from './world/world.js';

/** All kinds of faults, the common ones more often than the rare ones. */
function someFault(world: World): () => Promise<void> {
  const role = world.random.pick(['gateway', 'router', 'worker'] as const);
  const owner = world.random.pick(['router', 'worker'] as const);
  return world.random.pick<() => Promise<void>>([
    async () => await killOne(world, role),
    async () => await killOne(world, role),
    async () => await killOne(world, role),
    async () => await pauseOne(world, owner, 2 * world.leaseMs),
    async () => await restartGently(world, world.random.pick(world.allServices)),
    async () => await killRedis(world),
    async () => await fillRedis(world, 3_000),
    async () => await slowNetwork(world, 200, 4_000),
    async () => await resetConnections(world),
    async () => await blackHole(world, 'redis', 5_000),
    async () => await isolateOne(world, 6_000),
    async () => await dropReplies(world),
    async () => await stopPostgres(world, 10_000),
    async () => {
      world.broke('cut', 'half of the clients');
      world.load.cut(0.5);
    },
  ]);
}

/** One fault after the other, of any kind; the next may begin before the last is healed. */
export const everything: Scenario = {
  name: 'everything',
  about: 'a mixture of all faults for five minutes',
  seconds: 300,
  settings: { proxied: true },
  run: async (world) => {
    while (!world.over) {
      await world.passBetween(2_000, 5_000);
      if (!world.over) await someFault(world)();
    }
  },
};
