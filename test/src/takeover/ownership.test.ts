import {
  connectCommands,
  createLogger,
  keys,
  markHealed,
  type RedisClient,
  takeShard,
} from '@tributary/shared';
import { startRedis, type TestRedis, waitFor } from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LEASE_MS, Member, SHARDS } from './shard-member.js';

/** Time for a busy machine beyond what is promised. */
const SLACK_MS = 1_500;

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis({ appendfsync: 'no' });
});
afterAll(async () => await server.stop());

let members: Member[];
let admin: RedisClient;

beforeEach(async () => {
  members = [];
  admin = connectCommands({
    url: server.url,
    name: 'admin',
    logger: createLogger({ level: 'silent', role: 'test', instance: 'admin' }),
  });
  await admin.flushall();
});

afterEach(async () => {
  for (const member of members) member.kill();
  await Promise.allSettled(members.map((member) => member.owner.stop()));
  admin.disconnect();
});

async function join(instance: string, id = instance): Promise<Member> {
  const member = new Member(server.url, instance, id);
  members.push(member);
  await member.owner.start();
  return member;
}

/** Who owns each shard, by Redis' word; null for a shard that nobody owns. */
async function owners(): Promise<(string | null)[]> {
  return (await leases()).map((lease) => lease?.split(':')[0] ?? null);
}

/** Every shard has one owner, who knows it, and the shards are spread evenly. */
async function settled(living: readonly Member[]): Promise<boolean> {
  const names = await owners();
  const cap = Math.ceil(SHARDS / living.length);
  return (
    living.every((member) => {
      const theirs = names.flatMap((name, shard) => (name === member.id ? [shard] : []));
      const known = [...member.leases.keys()].sort((a, b) => a - b);
      return theirs.length <= cap && JSON.stringify(known) === JSON.stringify(theirs);
    }) && names.every((name) => living.some(({ id }) => id === name))
  );
}

/** Waits for that, no longer than this. */
async function settles(living: readonly Member[], withinMs: number): Promise<number> {
  const since = performance.now();
  await waitFor(() => settled(living), { what: 'all shards to be owned', timeoutMs: withinMs, everyMs: 5 });
  return performance.now() - since;
}

/** The leases of all shards, by Redis' word. */
async function leases(): Promise<(string | null)[]> {
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  return await Promise.all(shards.map((shard) => admin.get(keys.lease(shard, 'router'))));
}

/** The leases of one owner do not run out. */
async function makeEndless(owner: string): Promise<void> {
  for (const [shard, lease] of (await leases()).entries()) {
    if (lease?.startsWith(`${owner}:`)) await admin.persist(keys.lease(shard, 'router'));
  }
}

async function stays(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

describe('shards are owned exactly once', () => {
  it('by one member, and by more as they join and leave', async () => {
    const a = await join('a');
    await settles([a], SLACK_MS);
    const [b, c] = [await join('b'), await join('c')];
    await settles([a, b, c], LEASE_MS + SLACK_MS);
    await b.owner.stop();
    expect(b.leases.size).toBe(0);
    await settles([a, c], LEASE_MS + SLACK_MS);
    expect(a.owner.turnover.handedOver + c.owner.turnover.handedOver).toBeGreaterThan(0);
    // Nothing was lost on the way: all that moved was handed over.
    expect([...a.dropped, ...b.dropped, ...c.dropped]).toEqual([]);
  });

  it('after a kill, within the lease', async () => {
    const [a, b] = [await join('a'), await join('b')];
    await settles([a, b], LEASE_MS + SLACK_MS);
    const bs = [...b.leases.keys()];
    expect(bs.length).toBe(SHARDS / 2);
    b.kill();
    // Not before its lease is over, so far as Redis knows.
    expect((await owners()).filter((name) => name === 'b')).toHaveLength(bs.length);
    await settles([a], LEASE_MS + SLACK_MS);
  });

  it('at once after a kill, when its instance starts again', async () => {
    // A lease that is far too long to wait for.
    const [a, b] = [await join('a', 'a-1'), await join('b', 'b-1')];
    await settles([a, b], LEASE_MS + SLACK_MS);
    b.kill();
    await makeEndless('b-1');
    const again = await join('b', 'b-2');
    await settles([a, again], LEASE_MS + SLACK_MS);
    expect(a.dropped).toEqual([]);
  });

  it('at once after a kill, when it is no longer heard', async () => {
    const [a, b, c] = [await join('a'), await join('b'), await join('c')];
    await Promise.all([a, b, c].map((member) => member.announce()));
    await settles([a, b, c], LEASE_MS + SLACK_MS);
    // The others have looked, and heard it.
    await stays(2 * LEASE_MS);
    b.kill();
    await makeEndless('b');
    await admin.zadd(keys.members('router'), 1e15, 'b');
    await settles([a, c], LEASE_MS + SLACK_MS);
    expect([...a.dropped, ...c.dropped]).toEqual([]);
  });

  it('also when two live processes were given one name', async () => {
    const first = await join('twin', 'twin-1');
    await settles([first], SLACK_MS);
    const second = await join('twin', 'twin-2');
    // What the first one held is lost to it once; then both are members like any others.
    await settles([first, second], LEASE_MS + SLACK_MS);
    const settledLeases = await leases();
    await stays(2 * LEASE_MS);
    expect(await leases()).toEqual(settledLeases);
    expect(second.dropped).toEqual([]);
  });

  it('at once after a graceful stop', async () => {
    const [a, b] = [await join('a'), await join('b')];
    await settles([a, b], LEASE_MS + SLACK_MS);
    const began = performance.now();
    await b.owner.stop();
    expect(await owners()).not.toContain('b');
    expect(performance.now() - began).toBeLessThan(LEASE_MS);
    // A twelfth of a lease later the other one looks around.
    await settles([a], SLACK_MS);
    await b.owner.stop();
  });

  it('is held until it has been settled', async () => {
    const a = await join('a');
    await settles([a], SLACK_MS);
    let finish = (): void => undefined;
    const settling = new Promise<void>((resolve) => {
      finish = resolve;
    });
    a.settle = () => settling;
    const stopping = a.owner.stop();
    const b = await join('b');
    expect(await owners()).toEqual(Array.from({ length: SHARDS }, () => 'a'));
    finish();
    await stopping;
    await settles([b], LEASE_MS + SLACK_MS);
  });
});

describe('a lease', () => {
  it('that Redis gave to somebody else is dropped, and what is done in its name is refused', async () => {
    const a = await join('a');
    await settles([a], SLACK_MS);
    const lost = a.leases.get(0)!;
    await admin.del(keys.lease(0, 'router'));
    expect(await takeShard(admin, 'router', 0, 'thief', 60_000)).not.toBeNull();
    await waitFor(() => a.dropped.includes(lost), { what: 'the lease to be dropped' });
    expect(lost.lost).toBe(true);
    expect(await markHealed(admin, 0, lost.value, lost.runId)).toBe(false);
    expect(a.leases.has(0)).toBe(false);
  });

  it('that its holder gives up for lost is taken anew, and remembers nothing', async () => {
    const a = await join('a');
    await settles([a], SLACK_MS);
    const before = a.leases.get(3)!;
    before.markLost();
    const after = await waitFor(() => a.leases.get(3) !== before && a.leases.get(3), { what: 'a new lease' });
    expect(a.dropped).toEqual([before]);
    expect(Number(after.value.split(':')[1])).toBeGreaterThan(Number(before.value.split(':')[1]));
  });

  it('is kept while the member list is lost', async () => {
    const [a, b] = [await join('a'), await join('b')];
    await settles([a, b], LEASE_MS + SLACK_MS);
    const before = [...a.leases.values(), ...b.leases.values()];
    const enough = performance.now() + 2 * LEASE_MS;
    const emptied = async (): Promise<boolean> => {
      // Whoever looks next finds itself alone, or nobody.
      await admin.del(keys.members('router'));
      return performance.now() > enough;
    };
    await waitFor(emptied, { what: 'two leases to pass', everyMs: LEASE_MS / 20 });
    await settles([a, b], LEASE_MS + SLACK_MS);
    expect([...a.dropped, ...b.dropped]).toEqual([]);
    expect(before.length).toBe(SHARDS);
  });

  it('of an earlier run of Redis is dropped', async () => {
    const a = await join('a');
    await settles([a], SLACK_MS);
    const before = [...a.leases.values()];
    await admin.config('SET', 'appendfsync', 'always');
    await server.process.killHard();
    await server.process.start();
    await waitFor(() => before.every((lease) => lease.lost), { what: 'the leases to be dropped' });
    await settles([a], LEASE_MS + 2 * SLACK_MS);
    for (const { shard, runId } of before) expect(a.leases.get(shard)?.runId).not.toBe(runId);
  });
});
