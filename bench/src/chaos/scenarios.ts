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
import { failOver, fillRedis, killRedis, killRedisAndCutTail } from './faults/redis-faults.js';
import { killOne, pauseOne, restartGently } from './faults/service-faults.js';
import type { Scenario } from './scenario.js';
import type { World } from './world/world.js';

const AOF_TAIL_BYTES = 400_000;

/** Breaks one of two services of a role every 3 to 5 seconds. */
function kill(role: ServiceRole): Scenario {
  return {
    name: `kill-${role}`,
    about: `kill -9 of one of two ${role}s every 3 to 5 s`,
    run: async (world) =>
      await repeat(world, 3_000, 5_000, async () => await killOne(world, role), { overlapping: true }),
  };
}

/** Stops one of two services of a role for twice the lease. */
function pause(role: 'router' | 'worker'): Scenario {
  return {
    name: `pause-${role}`,
    about: `SIGSTOP of one of two ${role}s for twice the lease, then SIGCONT`,
    run: async (world) =>
      await repeat(world, 1_500, 3_000, async () => await pauseOne(world, role, 2 * world.leaseMs)),
  };
}

function redisKill(appendfsync: 'everysec' | 'always'): Scenario {
  return {
    name: `redis-kill-${appendfsync}`,
    about: `kill -9 of Redis with appendfsync ${appendfsync}`,
    settings: { appendfsync },
    // What is always synced is safe without the help of clients.
    ...(appendfsync === 'always' ? { plainShare: 0.3 } : {}),
    run: async (world) => await repeat(world, 5_000, 8_000, async () => await killRedis(world)),
  };
}

function redisFailover(redis: 'sentinel' | 'cluster'): Scenario {
  return {
    name: `redis-failover-${redis}`,
    about: `kill -9 of a master; a replica takes over (${redis})`,
    settings: { redis },
    run: async (world) => await repeat(world, 5_000, 8_000, async () => await failOver(world)),
  };
}

export const SCENARIOS: readonly Scenario[] = [
  kill('worker'),
  kill('router'),
  kill('gateway'),
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
  redisKill('everysec'),
  redisKill('always'),
  {
    name: 'redis-aof-tail',
    about: 'kill -9 of Redis, and the end of its append-only file is cut off',
    run: async (world) =>
      await repeat(world, 6_000, 9_000, async () => await killRedisAndCutTail(world, AOF_TAIL_BYTES)),
  },
  redisFailover('sentinel'),
  redisFailover('cluster'),
  {
    name: 'redis-full',
    about: 'Redis reaches maxmemory for 5 s, then is relieved',
    run: async (world) => await repeat(world, 5_000, 7_000, async () => await fillRedis(world, 5_000)),
  },
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

/** Does something again and again, with a random time before each. */
async function repeat(
  world: World,
  fromMs: number,
  toMs: number,
  fault: () => Promise<void>,
  { overlapping = false } = {},
): Promise<void> {
  const running: Promise<void>[] = [];
  while (!world.over) {
    await world.passBetween(fromMs, toMs);
    if (world.over) break;
    const done = fault();
    if (overlapping) running.push(done);
    else await done;
  }
  await Promise.all(running);
}
