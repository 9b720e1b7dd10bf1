import {
  closeSession,
  compareStamps,
  deleteLiveSession,
  keys,
  markEndStored,
  noteAttempts,
  parseAudioEntry,
  Slabs,
  touchSessions,
} from '@tributary/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attach,
  attachAnew,
  dump,
  GRACE_MS,
  headers,
  own,
  type ScriptRedis,
  session,
  startScriptRedis,
  twice,
} from './script-redis.js';

let world: ScriptRedis;
beforeAll(async () => {
  world = await startScriptRedis();
});
afterAll(async () => await world.stop());

const deadline = async (shard: number, id = 's'): Promise<number> =>
  Number(await world.redis.zscore(keys.deadlines(shard), id));

describe('touch-sessions', () => {
  it('moves the deadlines of those that are live and ours, and says what the others are', async () => {
    const shard = world.nextShard();
    const { router } = await own(world.redis, shard);
    const ids = ['live', 'taken', 'finishing', 'ended', 'overdue', 'deleted'];
    const epochs = new Map<string, string>();
    for (const sessionId of ids) {
      epochs.set(sessionId, (await attach(world.redis, shard, { sessionId })).epoch);
    }
    await attach(world.redis, shard, { sessionId: 'taken', how: 'resume', replaces: epochs.get('taken')! });
    for (const id of ['finishing', 'ended']) await world.redis.hset(keys.session(shard, id), 'status', id);
    await world.redis.zadd(keys.deadlines(shard), 1, 'overdue');
    expect(await closeSession(world.redis, shard, router, 'overdue', 'tag')).toBe(true);
    await deleteLiveSession(world.redis, shard, 'deleted', 60_000, 'tag');
    await world.redis.hset(keys.session(shard, 'live'), 'committed', 7);
    const asked = [...ids, 'never'].map((sessionId) => {
      return { sessionId, epoch: epochs.get(sessionId) ?? '1.a' };
    });
    const before = await deadline(shard, 'taken');
    const { first, second } = await twice(world, shard, () =>
      touchSessions(world.redis, shard, asked, 10 * GRACE_MS),
    );
    expect(first.answers).toEqual([
      'ok',
      'superseded',
      'finished',
      'finished',
      'closed',
      'unknown',
      'unknown',
    ]);
    expect(first.runId).toBe(world.proof('').runId);
    expect(second).toEqual(first);
    expect(await deadline(shard, 'live')).toBeGreaterThan(Date.now() + 5 * GRACE_MS);
    expect(await deadline(shard, 'taken')).toBe(before);
    expect(await world.redis.zscore(keys.deadlines(shard), 'deleted')).toBeNull();
  });
});

describe('close-session', () => {
  const overdue = async (shard: number, id = 's'): Promise<void> => {
    await world.redis.zadd(keys.deadlines(shard), 1, id);
  };

  it('ends an overdue session in an epoch of its own, once', async () => {
    const shard = world.nextShard();
    const { router } = await own(world.redis, shard);
    const { epoch } = await attach(world.redis, shard);
    await overdue(shard);
    const { first, second } = await twice(world, shard, () =>
      closeSession(world.redis, shard, router, 's', 'tag'),
    );
    // The second one finds nothing to do, which is all that its caller has to know.
    expect([first, second]).toEqual([true, false]);
    const { status, epoch: closing } = await session(world.redis, shard);
    expect(status).toBe('closing');
    expect(compareStamps(closing!, epoch)).toBeGreaterThan(0);
    expect(await headers(world.redis, keys.audio(shard))).toEqual([
      `S|s|${epoch}`,
      `S|s|${closing}`,
      `F|s|${closing}|0`,
    ]);
    expect(await deadline(shard)).toBeGreaterThan(Date.now());
  });

  it('does nothing without the lease, before the deadline, or to what is not live', async () => {
    const shard = world.nextShard();
    const { router, worker } = await own(world.redis, shard);
    await attach(world.redis, shard);
    const untouched = async (lease: string, id = 's') => {
      const before = await dump(world.redis, shard);
      expect(await closeSession(world.redis, shard, lease, id, 'tag')).toBe(false);
      expect(await dump(world.redis, shard)).toEqual(before);
    };
    await untouched(router);
    await untouched(router, 'never');
    await overdue(shard);
    await untouched(worker);
    await world.redis.hset(keys.session(shard, 's'), 'status', 'closing');
    await untouched(router);
    expect(await deadline(shard)).toBeGreaterThan(Date.now());
  });

  it('forgets the deadline of what has ended', async () => {
    const shard = world.nextShard();
    const { router } = await own(world.redis, shard);
    await attach(world.redis, shard);
    await world.redis.hset(keys.session(shard, 's'), 'status', 'ended');
    await overdue(shard);
    await twice(world, shard, () => closeSession(world.redis, shard, router, 's', 'tag'));
    expect(await world.redis.zscore(keys.deadlines(shard), 's')).toBeNull();
  });

  it('comes too late for a session that was resumed', async () => {
    const shard = world.nextShard();
    const { router } = await own(world.redis, shard);
    const { epoch } = await attach(world.redis, shard);
    await overdue(shard);
    await attach(world.redis, shard, { how: 'resume', replaces: epoch });
    expect(await closeSession(world.redis, shard, router, 's', 'tag')).toBe(false);
    expect((await session(world.redis, shard)).status).toBe('live');
  });

  it('numbers its epoch above all others even when the clock is behind them', async () => {
    const shard = world.nextShard();
    const { router } = await own(world.redis, shard);
    await world.redis.hset(keys.shard(shard), 'last', 8_000_000_000_000_000);
    await attach(world.redis, shard);
    await overdue(shard);
    await closeSession(world.redis, shard, router, 's', 'tag');
    expect((await session(world.redis, shard)).epoch).toBe('8000000000000002.tag');
  });
});

describe('delete-session', () => {
  it('leaves a mark for a while, and tells the router', async () => {
    const shard = world.nextShard();
    const { incarnation } = await attach(world.redis, shard);
    await world.redis.xadd(keys.events(shard, 's'), '1-0', 'j', '{}');
    const { first, second } = await twice(world, shard, () =>
      deleteLiveSession(world.redis, shard, 's', 60_000, 'tag'),
    );
    expect([first, second]).toEqual([true, true]);
    const left = await session(world.redis, shard);
    expect(left).toMatchObject({ status: 'deleted', incarnation: left.epoch });
    expect(left).not.toHaveProperty('token');
    expect(compareStamps(left.incarnation!, incarnation)).toBeGreaterThan(0);
    expect(await world.redis.pttl(keys.session(shard, 's'))).toBeGreaterThan(0);
    expect(await world.redis.exists(keys.events(shard, 's'))).toBe(0);
    expect(await world.redis.zcard(keys.deadlines(shard))).toBe(0);
    expect(await headers(world.redis, keys.results(shard))).toEqual([`D|s|${incarnation}|0`]);
    const slabs = new Slabs(64 * 1_024);
    const [begun, deleted] = await world.redis.xrangeBuffer(keys.audio(shard), '-', '+');
    expect(parseAudioEntry(begun?.[1] ?? [], slabs)).toMatchObject({ kind: 'control', epoch: incarnation });
    expect(parseAudioEntry(deleted?.[1] ?? [], slabs)).toEqual({
      kind: 'control',
      sessionId: 's',
      epoch: left.epoch,
      body: { incarnation: left.epoch, gatewayId: '', options: {} },
    });
  });

  it('tells no worker of a session that it has ended', async () => {
    const shard = world.nextShard();
    const { incarnation } = await attach(world.redis, shard);
    await world.redis.hset(keys.session(shard, 's'), 'status', 'finishing');
    expect(await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag')).toBe(true);
    expect(await headers(world.redis, keys.audio(shard))).toEqual([`S|s|${incarnation}`]);
  });

  it('says when there was nothing, sent twice as well', async () => {
    const shard = world.nextShard();
    const { first, second } = await twice(world, shard, () =>
      deleteLiveSession(world.redis, shard, 's', 60_000, 'tag'),
    );
    expect([first, second]).toEqual([false, false]);
    expect(await deleteLiveSession(world.redis, shard, 's', 60_000, 'other')).toBe(false);
  });

  it('that comes late does not delete what was begun since', async () => {
    const shard = world.nextShard();
    await attach(world.redis, shard);
    await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag');
    await attachAnew(world.redis, shard);
    const before = await dump(world.redis, shard);
    expect(await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag')).toBe(true);
    expect(await dump(world.redis, shard)).toEqual(before);
    expect(await deleteLiveSession(world.redis, shard, 's', 60_000, 'another')).toBe(true);
    expect((await session(world.redis, shard)).status).toBe('deleted');
  });
});

describe('note-attempts', () => {
  it('is kept of the session that is meant, sent twice as well, and not without the lease', async () => {
    const shard = world.nextShard();
    const { worker } = await own(world.redis, shard);
    const { incarnation } = await attach(world.redis, shard);
    const note = (lease: string, stamp: string) =>
      noteAttempts(world.redis, shard, lease, { sessionId: 's', incarnation: stamp }, '{"16000":2}');
    const before = await dump(world.redis, shard);
    await note('worker:99', incarnation);
    await note(worker, '1.other');
    expect(await dump(world.redis, shard)).toEqual(before);
    await twice(world, shard, () => note(worker, incarnation));
    expect((await session(world.redis, shard)).attempts).toBe('{"16000":2}');
    await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag');
    const deleted = await dump(world.redis, shard);
    await note(worker, incarnation);
    expect(await dump(world.redis, shard)).toEqual(deleted);
  });
});

describe('end-stored', () => {
  it('lets Redis forget the session after a while', async () => {
    const shard = world.nextShard();
    const { router } = await own(world.redis, shard);
    const { incarnation } = await attach(world.redis, shard);
    await world.redis.xadd(keys.events(shard, 's'), '1-0', 'j', '{}');
    const what = { sessionId: 's', incarnation };
    await twice(world, shard, () => markEndStored(world.redis, shard, world.proof(router), what, 60_000));
    expect((await session(world.redis, shard)).status).toBe('ended');
    for (const key of [keys.session(shard, 's'), keys.events(shard, 's')]) {
      expect(await world.redis.pttl(key)).toBeGreaterThan(0);
    }
    expect(await world.redis.zcard(keys.deadlines(shard))).toBe(0);
  });

  it('touches neither another incarnation, nor what was deleted, and nothing without a lease of this run', async () => {
    const shard = world.nextShard();
    const { router } = await own(world.redis, shard);
    const { incarnation } = await attach(world.redis, shard);
    const untouched = async (lease: string, stamp: string, runId?: string) => {
      const before = await dump(world.redis, shard);
      const proof = world.proof(lease, runId);
      await markEndStored(world.redis, shard, proof, { sessionId: 's', incarnation: stamp }, 60_000);
      expect(await dump(world.redis, shard)).toEqual(before);
    };
    await untouched('router:99', incarnation);
    await untouched(router, incarnation, 'of an earlier run');
    await untouched(router, '1.other');
    await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag');
    await untouched(router, incarnation);
    await untouched(router, (await session(world.redis, shard)).incarnation!);
  });
});
