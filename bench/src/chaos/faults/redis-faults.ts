import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { appendOnlyFolder, type ManagedProcess, waitFor } from '@tributary/testkit';
import { Redis } from 'ioredis';
import type { World } from '../world/world.js';

const LONGEST_ABSENCE_MS = 1_500;

/** `kill -9` for Redis, which loads its file again. */
export async function killRedis(world: World): Promise<void> {
  world.broke('kill -9', 'redis');
  await world.keeper.killHard(world.redis.process);
  await world.passBetween(0, LONGEST_ABSENCE_MS);
  await world.keeper.revive(world.redis.process);
}

/** `kill -9` for Redis, and the last bytes of its file are gone when it comes back. */
export async function killRedisAndCutTail(world: World, mostBytes: number): Promise<void> {
  await world.keeper.killHard(world.redis.process);
  const bytes = world.random.integer(1, mostBytes);
  const cut = await cutTail(appendOnlyFolder(world.redis.folder), bytes);
  world.broke(`kill -9, ${cut} bytes cut off`, 'redis');
  await world.passBetween(0, LONGEST_ABSENCE_MS);
  await world.keeper.revive(world.redis.process);
}

/** Cuts bytes off the newest file that Redis appends to. */
async function cutTail(folder: string, bytes: number): Promise<number> {
  const number = (name: string): number => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? -1);
  const names = (await readdir(folder)).filter((name) => number(name) >= 0);
  const newest = names.sort((a, b) => number(a) - number(b)).at(-1);
  if (newest === undefined) return 0;
  const path = join(folder, newest);
  const { size } = await stat(path);
  const cut = Math.min(bytes, size);
  const file = await open(path, 'r+');
  try {
    await file.truncate(size - cut);
  } finally {
    await file.close();
  }
  return cut;
}

/** Redis may not grow any more for a time: what is appended is refused. */
export async function fillRedis(world: World, ms: number): Promise<void> {
  const redis = new Redis(world.redis.url, { maxRetriesPerRequest: 3 });
  redis.on('error', () => undefined);
  try {
    const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
    world.broke('maxmemory reached', 'redis');
    await redis.config('SET', 'maxmemory', String(used));
    await world.pass(ms);
    await redis.config('SET', 'maxmemory', '0');
  } finally {
    redis.disconnect();
  }
}

const FAILOVER_MS = 30_000;
const RETURN_MS = 30_000;

/** `kill -9` for a master; a replica takes its place, and it comes back as a replica. */
export async function failOver(world: World): Promise<void> {
  const { redisStore, keeper, random } = world;
  const before = await redisStore.masters();
  const victim = random.pick(before);
  world.broke('kill -9', victim.name);
  await keeper.killHard(victim);
  await waitFor(
    async () => {
      const now = await redisStore.masters();
      return now.length === before.length && !now.includes(victim);
    },
    { timeoutMs: FAILOVER_MS, what: `a successor of ${victim.name}` },
  );
  await keeper.revive(victim);
  // Before it has caught up, nobody may die again: it could be promoted without what it lacks.
  await waitFor(async () => await followsAgain(victim), {
    timeoutMs: RETURN_MS,
    everyMs: 200,
    what: `${victim.name} to follow its successor`,
  });
}

async function followsAgain(server: ManagedProcess): Promise<boolean> {
  const redis = new Redis({ host: '127.0.0.1', port: server.port, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    return /^master_link_status:up/m.test(await redis.info('replication'));
  } finally {
    redis.disconnect();
  }
}
