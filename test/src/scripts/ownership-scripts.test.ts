import {
  commit,
  forgetHealing,
  freeLease,
  heartbeat,
  keys,
  markHealed,
  releaseShard,
  renewLease,
  replaceMember,
  takeShard,
  trimStream,
} from '@tributary/shared';
import { waitFor } from '@tributary/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attach,
  commitOf,
  LEASE_MS,
  own,
  type ScriptRedis,
  speak,
  startScriptRedis,
  take,
  twice,
} from './script-redis.js';

let world: ScriptRedis;
beforeAll(async () => {
  world = await startScriptRedis();
});
afterAll(async () => await world.stop());

const groupsOf = async (stream: string): Promise<string[]> => {
  const groups = (await world.redis.xinfo('GROUPS', stream)) as unknown[][];
  return groups.map((group) => String(group[1]));
};

describe('take-shard', () => {
  it('gives a free shard, with a group at the beginning of its stream', async () => {
    const shard = world.nextShard();
    await speak(world.redis, shard, '1.a', 0);
    const { lease, lastCommit, healed } = await take(world.redis, shard, 'router', 'r1');
    expect({ lease, lastCommit, healed }).toEqual({ lease: 'r1:1', lastCommit: 0, healed: false });
    expect(await world.redis.get(keys.lease(shard, 'router'))).toBe('r1:1');
    expect(await world.redis.pttl(keys.lease(shard, 'router'))).toBeGreaterThan(LEASE_MS - 10_000);
    expect(await groupsOf(keys.results(shard))).toEqual(['r1']);
  });

  it('gives nothing that somebody else holds', async () => {
    const shard = world.nextShard();
    await take(world.redis, shard, 'router', 'r1');
    expect(await takeShard(world.redis, 'router', shard, 'r2', LEASE_MS)).toBeNull();
    // The name of one may be the beginning of another's.
    expect(await takeShard(world.redis, 'router', shard, 'r', LEASE_MS)).toBeNull();
    expect(await groupsOf(keys.results(shard))).toEqual(['r1']);
  });

  it('gives a worker nothing that was not healed for this run of Redis', async () => {
    const shard = world.nextShard();
    expect(await takeShard(world.redis, 'worker', shard, 'w1', LEASE_MS)).toBeNull();
    const { lease, runId } = await take(world.redis, shard, 'router', 'r1');
    await markHealed(world.redis, shard, lease, 'an earlier run');
    expect(await takeShard(world.redis, 'worker', shard, 'w1', LEASE_MS)).toBeNull();
    await markHealed(world.redis, shard, lease, runId);
    expect(await takeShard(world.redis, 'worker', shard, 'w1', LEASE_MS)).not.toBeNull();
  });

  it("destroys the predecessor's group, and wakes its reader", async () => {
    const shard = world.nextShard();
    await take(world.redis, shard, 'router', 'r1');
    const reader = world.redis.duplicate();
    const stream = keys.results(shard);
    const read = reader.xreadgroup('GROUP', 'r1', 'r1', 'BLOCK', 60_000, 'NOACK', 'STREAMS', stream, '>');
    const woken = expect(read).rejects.toThrow('NOGROUP');
    await waitFor(async () => String(await world.redis.client('LIST')).includes('cmd=xreadgroup'), {
      what: 'the reader to block',
    });
    await world.redis.del(keys.lease(shard, 'router'));
    await take(world.redis, shard, 'router', 'r2');
    await woken;
    expect(await groupsOf(stream)).toEqual(['r2']);
    reader.disconnect();
  });

  it('sent twice gives a newer lease, and all else is as it was', async () => {
    const shard = world.nextShard();
    await own(world.redis, shard);
    await speak(world.redis, shard, '1.a', 0);
    await world.redis.xreadgroup('GROUP', 'worker', 'worker', 'NOACK', 'STREAMS', keys.audio(shard), '>');
    const again = await take(world.redis, shard, 'worker', 'worker');
    expect(again.lease).toBe('worker:2');
    // It reads everything once more.
    const read = await world.redis.xreadgroup(
      'GROUP',
      'worker',
      'worker',
      'NOACK',
      'STREAMS',
      keys.audio(shard),
      '>',
    );
    expect(read).toHaveLength(1);
    // Whoever holds the older one is refused; whoever holds the newer one goes on.
    const { runId } = again;
    expect(await renewLease(world.redis, 'worker', shard, 'worker:1', LEASE_MS, runId)).toBe(false);
    expect(await renewLease(world.redis, 'worker', shard, 'worker:2', LEASE_MS, runId)).toBe(true);
  });
});

describe('renew-lease', () => {
  it('prolongs a lease that is ours, in this run of Redis', async () => {
    const shard = world.nextShard();
    const { lease, runId } = await take(world.redis, shard, 'router');
    await world.redis.pexpire(keys.lease(shard, 'router'), 1_000);
    expect(await renewLease(world.redis, 'router', shard, lease, LEASE_MS, 'an earlier run')).toBe(false);
    const { first, second } = await twice(world, shard, () =>
      renewLease(world.redis, 'router', shard, lease, LEASE_MS, runId),
    );
    expect([first, second]).toEqual([true, true]);
    expect(await world.redis.pttl(keys.lease(shard, 'router'))).toBeGreaterThan(1_000);
  });

  it('does not bring back a lease that is gone', async () => {
    const shard = world.nextShard();
    const { lease, runId } = await take(world.redis, shard, 'router');
    await world.redis.del(keys.lease(shard, 'router'));
    expect(await renewLease(world.redis, 'router', shard, lease, LEASE_MS, runId)).toBe(false);
    expect(await world.redis.exists(keys.lease(shard, 'router'))).toBe(0);
  });
});

describe('release-shard', () => {
  it('gives back what is ours, sent twice as well', async () => {
    const shard = world.nextShard();
    const { lease } = await take(world.redis, shard, 'router', 'r1');
    await twice(world, shard, () => releaseShard(world.redis, 'router', shard, lease, 'r1'));
    expect(await world.redis.exists(keys.lease(shard, 'router'))).toBe(0);
    expect(await groupsOf(keys.results(shard))).toEqual([]);
    expect((await take(world.redis, shard, 'router', 'r2')).lease).toBe('r2:2');
  });

  it('late, it takes nothing from who has the shard now', async () => {
    const shard = world.nextShard();
    const { lease } = await take(world.redis, shard, 'router', 'r1');
    await releaseShard(world.redis, 'router', shard, lease, 'r1');
    const now = await take(world.redis, shard, 'router', 'r1');
    await releaseShard(world.redis, 'router', shard, lease, 'r1');
    expect(await world.redis.get(keys.lease(shard, 'router'))).toBe(now.lease);
    expect(await groupsOf(keys.results(shard))).toEqual(['r1']);
  });
});

describe('trim-stream', () => {
  it('trims what is older than the id, sent twice as well, and nothing without a lease of this run', async () => {
    const shard = world.nextShard();
    const { worker } = await own(world.redis, shard);
    // Trimming is by whole nodes of 16 KiB.
    const audio = Buffer.alloc(4_000);
    const ids: string[] = [];
    for (let n = 0; n < 40; n++) ids.push(await speak(world.redis, shard, '1.a', n, audio));
    const stream = keys.audio(shard);
    await trimStream(world.redis, 'worker', shard, world.proof('worker:99'), ids[20]!);
    await trimStream(world.redis, 'worker', shard, world.proof(worker, 'of an earlier run'), ids[20]!);
    expect(await world.redis.xlen(stream)).toBe(40);
    await twice(world, shard, () => trimStream(world.redis, 'worker', shard, world.proof(worker), ids[20]!));
    const left = (await world.redis.xrange(stream, '-', '+')).map(([id]) => id);
    expect(left.length).toBeLessThan(30);
    expect(left.slice(-20)).toEqual(ids.slice(20));
  });
});

describe('trimming, where others read the stream too', () => {
  const AUDIO = Buffer.alloc(4_000);
  /** Appends entries, some with the time of Redis, some with one long past; an archive takes the first few. */
  async function archived(shard: number, count: number, taken: number, sinceMs = 0): Promise<string[]> {
    const { redis } = world;
    const stream = keys.audio(shard);
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      ids.push(
        (await redis.xadd(stream, sinceMs === 0 ? '*' : `${sinceMs}-${n + 1}`, 'h', 'x', 'd', AUDIO)) ?? '',
      );
    }
    await redis.xgroup('CREATE', stream, 'archive', '0');
    if (taken > 0) {
      await redis.xreadgroup('GROUP', 'archive', 'a', 'COUNT', taken, 'STREAMS', stream, '>');
    }
    return ids;
  }
  const left = async (shard: number): Promise<string[]> =>
    (await world.redis.xrange(keys.audio(shard), '-', '+')).map(([id]) => id);
  const trims: [string, (shard: number, worker: string, oldest: string) => Promise<unknown>][] = [
    [
      'trim-stream',
      (shard, worker, oldest) => trimStream(world.redis, 'worker', shard, world.proof(worker), oldest),
    ],
    [
      'commit',
      async (shard, worker, oldestNeeded) => {
        const { incarnation } = await attach(world.redis, shard);
        const what = commitOf(incarnation, 1, { kind: null, oldestNeeded });
        expect(await commit(world.redis, shard, worker, what)).toMatchObject({ outcome: 'ok' });
      },
    ],
  ];

  it.each(trims)('%s waits for what they have not acknowledged', async (_, trim) => {
    const shard = world.nextShard();
    const { worker } = await own(world.redis, shard);
    const ids = await archived(shard, 40, 20);
    await world.redis.xack(keys.audio(shard), 'archive', ...ids.slice(0, 10));
    await trim(shard, worker, ids[39]!);
    expect(await left(shard)).toEqual(expect.arrayContaining(ids.slice(10)));
    expect((await left(shard))[0]).not.toBe(ids[0]);
  });

  it.each(trims)('%s waits for what they have not read', async (_, trim) => {
    const shard = world.nextShard();
    const { worker } = await own(world.redis, shard);
    const ids = await archived(shard, 20, 0);
    await trim(shard, worker, ids[19]!);
    expect(await left(shard)).toEqual(expect.arrayContaining(ids));
  });

  it.each(trims)('%s waits no longer than a minute, and only as far as is needed', async (_, trim) => {
    const shard = world.nextShard();
    const { worker } = await own(world.redis, shard);
    const ids = await archived(shard, 40, 0, Date.now() - 61_000);
    await trim(shard, worker, ids[20]!);
    const kept = await left(shard);
    expect(kept[0]).not.toBe(ids[0]);
    expect(kept).toEqual(expect.arrayContaining(ids.slice(20)));
  });
});

describe('mark-healed', () => {
  it('lets workers in, sent twice as well, and not without the lease', async () => {
    const shard = world.nextShard();
    const { lease, runId } = await take(world.redis, shard, 'router');
    expect(await markHealed(world.redis, shard, 'other:1', runId)).toBe(false);
    const { first, second } = await twice(world, shard, () => markHealed(world.redis, shard, lease, runId));
    expect([first, second]).toEqual([true, true]);
    expect(await world.redis.hget(keys.shard(shard), 'healed')).toBe(runId);
  });
});

describe('forget-healing', () => {
  const later = (): number => Date.now() + 60_000;

  it('takes back what was marked before, and the leases, sent twice as well', async () => {
    const shard = world.nextShard();
    await own(world.redis, shard);
    const { first, second } = await twice(world, shard, () =>
      forgetHealing(world.redis, shard, world.runId, later()),
    );
    expect([first, second]).toEqual([true, true]);
    expect(await takeShard(world.redis, 'worker', shard, 'worker', LEASE_MS)).toBeNull();
    const again = await take(world.redis, shard, 'router', 'another');
    expect(again).toMatchObject({ lease: 'another:2', healed: false });
    await markHealed(world.redis, shard, again.lease, again.runId);
    expect((await take(world.redis, shard, 'worker')).healed).toBe(true);
  });

  it('takes back a mark of an earlier release, which does not say when it was made', async () => {
    const shard = world.nextShard();
    await own(world.redis, shard);
    await world.redis.hdel(keys.shard(shard), 'healed:at');
    expect((await take(world.redis, shard, 'worker', 'worker')).healed).toBe(true);
    await forgetHealing(world.redis, shard, world.runId, Date.now() - 60_000);
    expect(await takeShard(world.redis, 'worker', shard, 'worker', LEASE_MS)).toBeNull();
  });

  it.each([
    ['what was marked since', () => world.runId, () => Date.now() - 60_000, true],
    ['anything of another run', () => 'another run', later, false],
  ])('does not take back %s', async (_, runId, since, answer) => {
    const shard = world.nextShard();
    const { router, worker } = await own(world.redis, shard);
    expect(await forgetHealing(world.redis, shard, runId(), since())).toBe(answer);
    expect(await renewLease(world.redis, 'router', shard, router, LEASE_MS, world.runId)).toBe(true);
    expect(await renewLease(world.redis, 'worker', shard, worker, LEASE_MS, world.runId)).toBe(true);
  });

  it('lets alone a shard that is not healed yet', async () => {
    const shard = world.nextShard();
    const { lease, runId } = await take(world.redis, shard, 'router');
    await markHealed(world.redis, shard, lease, 'an earlier run');
    expect(await forgetHealing(world.redis, shard, runId, later())).toBe(true);
    expect(await markHealed(world.redis, shard, lease, runId)).toBe(true);
  });
});

describe('heartbeat', () => {
  it('names the living, forgets the dead and who leaves', async () => {
    const before = Date.now();
    expect((await heartbeat(world.redis, 'worker', 'a', 60_000)).members).toEqual(['a']);
    await heartbeat(world.redis, 'worker', 'b', 1);
    await waitFor(async () => !(await heartbeat(world.redis, 'worker', 'a', 60_000)).members.includes('b'), {
      what: 'b to be forgotten',
      everyMs: 1,
    });
    const { redisTimeMs, runId, members } = await heartbeat(world.redis, 'worker', 'c', 60_000);
    expect(runId).toBe(world.runId);
    expect(members.sort()).toEqual(['a', 'c']);
    expect(redisTimeMs).toBeGreaterThanOrEqual(before);
    // Twice, as all of them.
    expect((await heartbeat(world.redis, 'worker', 'c', 60_000)).members.sort()).toEqual(['a', 'c']);
    expect((await heartbeat(world.redis, 'worker', 'a', 0)).members).toEqual(['c']);
    expect((await heartbeat(world.redis, 'worker', 'a', 0)).members).toEqual(['c']);
    expect((await heartbeat(world.redis, 'router', 'x', 60_000)).members).toEqual(['x']);
  });
});

describe('replace-member', () => {
  it('forgets the earlier processes of an instance and nobody else', async () => {
    const { redis } = world;
    await redis.del(keys.members('worker'));
    const others = ['w-b-12345678', 'ww-12345678', 'w-1234567', 'w-c-1234567'];
    for (const member of ['w-12345678', 'w-87654321', 'w-abcdefgh', ...others]) {
      await heartbeat(redis, 'worker', member, 60_000);
    }
    const gone = await replaceMember(redis, 'worker', 'w-abcdefgh', 'w');
    expect(gone.sort()).toEqual(['w-12345678', 'w-87654321']);
    expect(await replaceMember(redis, 'worker', 'w-abcdefgh', 'w')).toEqual([]);
    const { members } = await heartbeat(redis, 'worker', 'w-abcdefgh', 60_000);
    expect(members.sort()).toEqual([...others, 'w-abcdefgh'].sort());
  });
});

describe('free-lease', () => {
  it('ends the lease of one owner, sent twice as well, and of no other', async () => {
    const shard = world.nextShard();
    const { lease, runId } = await take(world.redis, shard, 'router', 'r-12345678');
    expect(await freeLease(world.redis, 'router', shard, 'r')).toBe(false);
    expect(await freeLease(world.redis, 'router', shard, 'r-87654321')).toBe(false);
    expect(await renewLease(world.redis, 'router', shard, lease, LEASE_MS, runId)).toBe(true);
    await twice(world, shard, () => freeLease(world.redis, 'router', shard, 'r-12345678'));
    expect(await renewLease(world.redis, 'router', shard, lease, LEASE_MS, runId)).toBe(false);
    expect((await take(world.redis, shard, 'router', 'r-87654321')).lease).toBe('r-87654321:2');
  });
});
