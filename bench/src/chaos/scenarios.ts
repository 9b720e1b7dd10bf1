import type { ServiceRole } from '@tributary/testkit';
import { everything } from './everything.js';
import {
  blackHole,
  dropReplies,
  isolateOne,
  resetConnections,
  slowNetwork,
} from './faults/network-faults.js';
import { stopPostgres, terminateBackends } from './faults/postgres-faults.js';
import { killOne, pauseOne, restartGently } from './faults/service-faults.js';
import { REDIS_SCENARIOS } from './redis-scenarios.js';
import { repeat } from './repeat.js';
import type { Scenario } from './scenario.js';

/** Breaks one of two services of a role every 3 to 5 seconds. */
function kill(role: ServiceRole): Scenario {
  return {
    name: `kill-${role}`,
    about: `kill -9 of one of two ${role}s every 3 to 5 s`,
    run: async (world) =>
      await repeat(world, 3_000, 5_000, async () => await killOne(world, role), { overlapping: true }),
  };
}

/** The same for one role after the other. */
const KILL_IN_TURN: Scenario = {
  name: 'kill-in-turn',
  about: 'kill -9 of a worker, a gateway and a router in turn, every 3 to 5 s',
  run: async (world) => {
    const roles: readonly ServiceRole[] = ['worker', 'gateway', 'router'];
    let kills = 0;
    await repeat(world, 3_000, 5_000, async () => await killOne(world, roles[kills++ % roles.length]!), {
      overlapping: true,
    });
  },
};

/** Stops one of two services of a role for twice the lease. */
function pause(role: 'router' | 'worker'): Scenario {
  return {
    name: `pause-${role}`,
    about: `SIGSTOP of one of two ${role}s for twice the lease, then SIGCONT`,
    run: async (world) =>
      await repeat(world, 1_500, 3_000, async () => await pauseOne(world, role, 2 * world.leaseMs)),
  };
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'calm',
    about: 'nothing is broken: what the others are compared with',
    run: async (world) => await world.pass(world.leftMs),
  },
  kill('worker'),
  kill('router'),
  kill('gateway'),
  KILL_IN_TURN,
  pause('worker'),
  pause('router'),
  {
    name: 'rolling-restart',
    about: 'SIGTERM for every process in turn',
    run: async (world) => {
      while (!world.over) {
        for (const service of world.allServices) {
          await world.passBetween(1_000, 2_000);
          if (!world.over) await restartGently(world, service);
        }
      }
    },
  },
  ...REDIS_SCENARIOS,
  {
    name: 'proxy',
    about: 'between services and Redis: latency, resets, black holes, replies dropped',
    settings: { proxied: true },
    run: async (world) => {
      const all = [
        async () => await slowNetwork(world, 200, 8_000),
        async () => await resetConnections(world),
        async () => await blackHole(world, 'redis', 10_000),
        async () => await isolateOne(world, 10_000),
        async () => await dropReplies(world),
      ];
      while (!world.over) {
        for (const fault of world.random.shuffle(all)) {
          await world.passBetween(2_000, 3_000);
          if (!world.over) await fault();
        }
      }
    },
  },
  {
    name: 'postgres-terminate',
    about: 'every backend of PostgreSQL is terminated every 300 ms',
    run: async (world) => await terminateBackends(world, 300),
  },
  {
    name: 'postgres-away',
    about: 'PostgreSQL is stopped for 30 s, later silent for 10 s',
    settings: { proxied: true },
    run: async (world) => {
      await world.passBetween(3_000, 5_000);
      await stopPostgres(world, Math.min(30_000, world.leftMs / 2));
      await world.passBetween(3_000, 5_000);
      if (!world.over) await blackHole(world, 'postgres', 10_000);
      await world.pass(world.leftMs);
    },
  },
  {
    name: 'slow-reader',
    about: 'clients that stop reading while the server has much to say',
    // Small, so that a test can fill it.
    settings: { env: { MAX_SOCKET_BACKLOG_BYTES: '65536' } },
    jsonShare: 0.5,
    run: async (world) =>
      await repeat(world, 2_000, 3_000, async () => {
        world.broke('stopped reading', '3 clients');
        world.load.stopReading(3, 12_000);
        await world.pass(13_500);
      }),
  },
  {
    name: 'reconnect-storm',
    about: 'all sockets of all clients are cut at once',
    run: async (world) =>
      await repeat(world, 3_000, 5_000, async () => {
        world.broke('cut', 'all clients');
        world.load.cut(1);
      }),
  },
  everything,
];
