import { keys, type Lease, markHealed, takeShard } from '@tributary/shared';
import { startRedis, type TestRedis, waitFor } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Member, SHARDS } from './shard-member.js';

/*
 * A server is the master, another one is, and then the first one again, which has nothing of what came in between. Nothing of
 * Redis is needed for that but two servers, and members that go from one to the other.
 */

const ALL = Array.from({ length: SHARDS }, (_, shard) => shard);
const TIMEOUT_MS = 5_000;

let first: TestRedis;
let second: TestRedis;
let admin: Redis;
let members: Member[] = [];
beforeAll(async () => {
  [first, second] = await Promise.all([startRedis({ appendfsync: 'no' }), startRedis({ appendfsync: 'no' })]);
  admin = new Redis(first.url);
});
afterAll(async () => {
  for (const member of members) member.kill();
  await Promise.allSettled(members.map((member) => member.owner.stop()));
  admin?.disconnect();
  await Promise.all([first?.stop(), second?.stop()]);
});

/** The member's connection is lost, and it finds another master. */
function moveTo({ port }: TestRedis, member: Member): void {
  const redis = member.redis as Redis;
  redis.options.port = port;
  redis.disconnect(true);
}

/** The leases of all shards, once these members have all of them, each as many as the others, and given by this server. */
async function leasesOf({ url }: TestRedis, those: readonly Member[]): Promise<Lease[]> {
  const redis = new Redis(url);
  const info = await redis.info('server');
  redis.disconnect();
  const given = ({ leases }: Member): Lease[] =>
    [...leases.values()].filter(({ runId }) => info.includes(`run_id:${runId}`));
  const areAll = (): boolean => those.every((member) => given(member).length === SHARDS / those.length);
  await waitFor(areAll, { what: 'all shards to be owned', timeoutMs: TIMEOUT_MS });
  return those.flatMap(given);
}

/** How often routers have taken shards from the first server. */
async function takes(): Promise<number> {
  const epochs = await Promise.all(ALL.map((shard) => admin.hget(keys.shard(shard), 'router:epoch')));
  return epochs.reduce((sum, epoch) => sum + Number(epoch), 0);
}

async function heal(leases: readonly Lease[]): Promise<void> {
  const marked = leases.map(({ shard, value, runId }) => markHealed(admin, shard, value, runId));
  expect(await Promise.all(marked)).toEqual(ALL.map(() => true));
}

it('a master that is one again before it followed the other one is healed anew, once, and for who never left it as well', async () => {
  members = ['a', 'b'].map((id) => new Member(first.url, id, id));
  const [a, b] = members as [Member, Member];
  await Promise.all(members.map((member) => member.owner.start()));
  const before = await leasesOf(first, members);
  await heal(before);
  const taken = (): Promise<(string | undefined)[]> =>
    Promise.all(ALL.map(async (shard) => (await takeShard(admin, 'worker', shard, 'w', 60_000))?.lease));
  expect(await taken()).toEqual(ALL.map(() => 'w:1'));

  for (const member of members) moveTo(second, member);
  await leasesOf(second, members);

  const begun: Lease[] = [];
  const begin = a.begin.bind(a);
  a.begin = (lease) => {
    begun.push(lease);
    begin(lease);
  };
  // No heartbeat reaches it yet: nothing that it gives is relied on.
  await admin.set(keys.members('router'), 'no list');
  const tried = await takes();
  moveTo(first, a);
  await waitFor(async () => (await takes()) >= tried + 2 * SHARDS, { what: 'the member to try again' });
  expect(begun.filter(({ runId }) => runId === before[0]?.runId)).toEqual([]);
  await admin.del(keys.members('router'));
  const again = await leasesOf(first, [a]);
  expect(begun.filter(({ healed }) => healed)).toEqual([]);
  expect(await admin.keys('*:lease:worker')).toEqual([]);
  expect(await taken()).toEqual(ALL.map(() => undefined));

  await heal(again);
  moveTo(first, b);
  await leasesOf(first, members);
  expect([...b.leases.values()].filter(({ healed }) => !healed)).toEqual([]);
  expect(await taken()).toEqual(ALL.map(() => 'w:2'));
}, 30_000);
