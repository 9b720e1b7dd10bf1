import { appendEvents, commit, keys } from '@tributary/shared';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attach, commitOf, own, type ScriptRedis, session, startScriptRedis } from './script-redis.js';

let world: ScriptRedis;
beforeAll(async () => {
  world = await startScriptRedis();
});
afterAll(async () => await world.stop());

/** How many scripts Redis was asked to run by their hash. */
async function evalshas(): Promise<number> {
  const stats = await world.redis.info('commandstats');
  return Number(/^cmdstat_evalsha:calls=(\d+)/m.exec(stats)?.[1] ?? 0);
}

async function shardsReady(count: number): Promise<{ shard: number; worker: string; incarnation: string }[]> {
  const ready: { shard: number; worker: string; incarnation: string }[] = [];
  for (let i = 0; i < count; i++) {
    const shard = world.nextShard();
    const { worker } = await own(world.redis, shard);
    ready.push({ shard, worker, incarnation: (await attach(world.redis, shard)).incarnation });
  }
  return ready;
}

it('calls of one turn travel in one command, and each gets its own answer', async () => {
  const shards = await shardsReady(3);
  const send = (number: number): Promise<unknown>[] =>
    shards.map(({ shard, worker, incarnation }, i) =>
      commit(world.redis, shard, i === 1 ? 'somebody:1' : worker, commitOf(incarnation, number)),
    );
  await Promise.all(send(1));
  const before = await evalshas();
  const answers = await Promise.all(send(2));
  expect((await evalshas()) - before).toBe(1);
  expect(answers).toEqual([
    { outcome: 'ok', seq: 2, gatewayId: 'g1' },
    { outcome: 'lease', seq: 0, gatewayId: '' },
    { outcome: 'ok', seq: 2, gatewayId: 'g1' },
  ]);
  for (const [i, { shard }] of shards.entries()) {
    expect((await session(world.redis, shard)).seq).toBe(i === 1 ? '0' : '2');
    expect(await world.redis.xlen(keys.results(shard))).toBe(i === 1 ? 0 : 2);
  }
});

it('a call that fails does so alone: those before and behind it are carried out', async () => {
  const shards = await shardsReady(3);
  const broken = shards[1]?.shard ?? 0;
  await world.redis.set(keys.session(broken, 's'), 'no hash');
  const [first, second, third] = await Promise.allSettled(
    shards.map(({ shard, worker, incarnation }) =>
      commit(world.redis, shard, worker, commitOf(incarnation, 1)),
    ),
  );
  expect(first).toMatchObject({ status: 'fulfilled', value: { outcome: 'ok', seq: 1 } });
  expect(second).toMatchObject({ status: 'rejected' });
  expect(String((second as PromiseRejectedResult).reason)).toContain('WRONGTYPE');
  expect(third).toMatchObject({ status: 'fulfilled', value: { outcome: 'ok', seq: 1 } });
});

it('no command carries more than 64 calls', async () => {
  const [ready] = await shardsReady(1);
  const { shard = 0, worker = '', incarnation = '' } = ready ?? {};
  const numbers = Array.from({ length: 130 }, (_, i) => i + 1);
  const before = await evalshas();
  const answers = await Promise.all(
    numbers.map((number) => commit(world.redis, shard, worker, commitOf(incarnation, number))),
  );
  expect((await evalshas()) - before).toBe(3);
  expect(answers.map(({ seq }) => seq)).toEqual(numbers);
});

it('calls of many keys do not travel together', async () => {
  const shards = await shardsReady(2);
  const before = await evalshas();
  await Promise.all(
    shards.map(({ shard, incarnation }) => {
      const events = Array.from({ length: 150 }, (_, i) => ({
        sessionId: 's',
        incarnation,
        seq: i + 1,
        json: '{}',
      }));
      return appendEvents(world.redis, shard, 'router:1', events);
    }),
  );
  expect((await evalshas()) - before).toBe(2);
});
