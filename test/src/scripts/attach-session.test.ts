import { compareStamps, deleteLiveSession, keys, markEndStored, stampNumber } from '@tributary/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attach,
  attachAnew,
  dump,
  GRACE_MS,
  headers,
  OPTIONS,
  own,
  type ScriptRedis,
  session,
  speak,
  startScriptRedis,
  twice,
} from './script-redis.js';

/** Said by whoever did not begin the session, or begins another. */
const OTHER = { options: '{"mode":"segments"}', userId: 'somebody else' };

let world: ScriptRedis;
beforeAll(async () => {
  world = await startScriptRedis();
});
afterAll(async () => await world.stop());

/** A session of which all is told; `id` is `s`. */
async function ended(shard: number): Promise<string> {
  const { router } = await own(world.redis, shard);
  const { incarnation } = await attach(world.redis, shard, { attachId: 'original' });
  await markEndStored(world.redis, shard, world.proof(router), { sessionId: 's', incarnation }, 60_000);
  return incarnation;
}

describe('start', () => {
  it('begins a session', async () => {
    const shard = world.nextShard();
    const answer = await attach(world.redis, shard, { attachId: 'abcdefgh' });
    expect(answer).toMatchObject({ outcome: 'ok', committedThrough: -1, appendedSeq: 0, status: 'live' });
    expect(answer).toMatchObject({
      gatewayBefore: '',
      mark: '',
      markSeq: 0,
      options: OPTIONS,
      userId: 'user',
    });
    // The first epoch of a session is its incarnation.
    expect(answer.epoch).toBe(answer.incarnation);
    expect(answer.epoch).toMatch(/^\d{16}\.abcdef$/);
    expect(await session(world.redis, shard)).toMatchObject({
      status: 'live',
      incarnation: answer.incarnation,
      epoch: answer.epoch,
      token: 'token',
      user: 'user',
      gateway: 'g1',
      seq: '0',
      appended: '0',
      committed: '-1',
    });
    expect(await headers(world.redis, keys.audio(shard))).toEqual([`S|s|${answer.epoch}`]);
    const deadline = Number(await world.redis.zscore(keys.deadlines(shard), 's'));
    expect(Math.abs(deadline - Date.now() - GRACE_MS)).toBeLessThan(5_000);
  });

  it('sent twice answers the same and changes nothing', async () => {
    const shard = world.nextShard();
    const { first, second } = await twice(world, shard, () =>
      attach(world.redis, shard, { attachId: 'same' }),
    );
    // But for the gateway before, which is the one that asks.
    expect(second).toEqual({ ...first, gatewayBefore: 'g1' });
  });

  it('of a live session needs its token, and names the epoch it replaces', async () => {
    const shard = world.nextShard();
    const { incarnation, epoch } = await attach(world.redis, shard);
    const before = await dump(world.redis, shard);
    expect(await attach(world.redis, shard, { tokenHash: 'wrong' })).toMatchObject({ outcome: 'exists' });
    expect(await attach(world.redis, shard)).toMatchObject({ outcome: 'epoch', epoch });
    expect(await dump(world.redis, shard)).toEqual(before);
    const again = await attach(world.redis, shard, { gatewayId: 'g2', replaces: epoch });
    expect(again).toMatchObject({ outcome: 'ok', incarnation, status: 'live', gatewayBefore: 'g1' });
    expect(compareStamps(again.epoch, epoch)).toBeGreaterThan(0);
  });

  it('after the end begins a new incarnation, of which nothing is known yet', async () => {
    const shard = world.nextShard();
    const incarnation = await ended(shard);
    await world.redis.hset(keys.session(shard, 's'), { mark: '{"chunk":7}', seq: 5, committed: 6 });
    await world.redis.xadd(keys.events(shard, 's'), '5-0', 'j', '{}');
    // Only by one who knows of it: another start may have been held up since before.
    const before = await dump(world.redis, shard);
    const unknowing = await attach(world.redis, shard);
    expect(unknowing).toMatchObject({ outcome: 'epoch', incarnation });
    expect(await dump(world.redis, shard)).toEqual(before);
    const next = await attach(world.redis, shard, { replaces: unknowing.epoch, ...OTHER });
    expect(compareStamps(next.incarnation, incarnation)).toBeGreaterThan(0);
    expect(next).toMatchObject({ outcome: 'ok', status: 'live', committedThrough: -1, appendedSeq: 0 });
    expect(next).toMatchObject({ mark: '', markSeq: 0, gatewayBefore: '', ...OTHER });
    expect(await world.redis.exists(keys.events(shard, 's'))).toBe(0);
    expect(await world.redis.pttl(keys.session(shard, 's'))).toBe(-1);
  });

  it('before the end is stored is answered with what is there', async () => {
    const shard = world.nextShard();
    const { incarnation } = await attach(world.redis, shard);
    await world.redis.hset(keys.session(shard, 's'), 'status', 'finishing');
    expect(await attach(world.redis, shard, { gatewayId: 'g2' })).toMatchObject({
      outcome: 'ok',
      incarnation,
      status: 'finishing',
    });
    expect(await headers(world.redis, keys.audio(shard))).toHaveLength(1);
    expect(await attach(world.redis, shard, { tokenHash: 'wrong' })).toMatchObject({ outcome: 'exists' });
  });

  it('that comes late, after its repetition and all that followed, begins nothing', async () => {
    const shard = world.nextShard();
    const { router } = await own(world.redis, shard);
    const original = { attachId: 'original' };
    const { incarnation, epoch } = await attach(world.redis, shard, original);
    const resumed = await attach(world.redis, shard, { how: 'resume', replaces: epoch });
    const late = async (outcome: string) => {
      const before = await dump(world.redis, shard);
      expect(await attach(world.redis, shard, original)).toMatchObject({ outcome });
      expect(await dump(world.redis, shard)).toEqual(before);
    };
    expect(resumed.outcome).toBe('ok');
    await late('epoch');
    await markEndStored(world.redis, shard, world.proof(router), { sessionId: 's', incarnation }, 60_000);
    await late('ok');
    await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag');
    await late('unknown');
    expect(await attachAnew(world.redis, shard)).toMatchObject({ outcome: 'ok', status: 'live' });
  });
});

describe('resume', () => {
  it('opens an epoch for the gateway', async () => {
    const shard = world.nextShard();
    const { incarnation, epoch } = await attach(world.redis, shard);
    await world.redis.hset(keys.session(shard, 's'), { committed: 6, appended: 3, seq: 4, mark: '{}' });
    const { first, second } = await twice(world, shard, () =>
      attach(world.redis, shard, {
        ...{ how: 'resume', attachId: 'same', gatewayId: 'g2', replaces: epoch },
        ...OTHER,
      }),
    );
    expect(first).toMatchObject({ outcome: 'ok', incarnation, committedThrough: 6, appendedSeq: 3 });
    expect(first).toMatchObject({
      gatewayBefore: 'g1',
      mark: '{}',
      markSeq: 4,
      options: OPTIONS,
      userId: 'user',
    });
    expect(second).toEqual({ ...first, gatewayBefore: 'g2' });
    expect(compareStamps(first.epoch, epoch)).toBeGreaterThan(0);
    expect(await session(world.redis, shard)).toMatchObject({ epoch: first.epoch, gateway: 'g2' });
    expect(await headers(world.redis, keys.audio(shard))).toEqual([`S|s|${epoch}`, `S|s|${first.epoch}`]);
  });

  it('is refused without a session, its token or the present epoch, and changes nothing then', async () => {
    const shard = world.nextShard();
    const how = 'resume' as const;
    expect(await attach(world.redis, shard, { how })).toMatchObject({ outcome: 'unknown' });
    expect(await dump(world.redis, shard)).toEqual({});
    const { epoch } = await attach(world.redis, shard);
    const before = await dump(world.redis, shard);
    expect(await attach(world.redis, shard, { how, replaces: epoch, tokenHash: 'wrong' })).toMatchObject({
      outcome: 'token',
    });
    expect(await attach(world.redis, shard, { how, replaces: '1.old' })).toMatchObject({
      outcome: 'epoch',
      epoch,
    });
    expect(await dump(world.redis, shard)).toEqual(before);
    await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag');
    expect(await attach(world.redis, shard, { how, replaces: epoch })).toMatchObject({ outcome: 'unknown' });
  });

  it('of a session that has ended only says where events go', async () => {
    const shard = world.nextShard();
    await ended(shard);
    const answer = await attach(world.redis, shard, { how: 'resume', gatewayId: 'g2' });
    expect(answer).toMatchObject({ outcome: 'ok', status: 'ended' });
    expect(await session(world.redis, shard)).toMatchObject({ gateway: 'g2', status: 'ended' });
    expect(await world.redis.pttl(keys.session(shard, 's'))).toBeGreaterThan(0);
    expect(await headers(world.redis, keys.audio(shard))).toHaveLength(1);
    const wrong = { how: 'resume', tokenHash: 'wrong' } as const;
    expect(await attach(world.redis, shard, wrong)).toMatchObject({ outcome: 'token' });
  });

  it('that comes late undoes neither its repetition nor what followed', async () => {
    const shard = world.nextShard();
    const { epoch } = await attach(world.redis, shard);
    const original = { how: 'resume', attachId: 'original', gatewayId: 'g2', replaces: epoch } as const;
    const repeated = await attach(world.redis, shard, original);
    const third = await attach(world.redis, shard, {
      how: 'resume',
      gatewayId: 'g3',
      replaces: repeated.epoch,
    });
    const before = await dump(world.redis, shard);
    expect(await attach(world.redis, shard, original)).toMatchObject({
      outcome: 'epoch',
      epoch: third.epoch,
    });
    expect(await dump(world.redis, shard)).toEqual(before);
  });
});

describe('restore', () => {
  const INCARNATION = '1700000000000000.abcdef';
  const restored = (more: object = {}) => ({
    how: 'restore' as const,
    restore: { incarnation: INCARNATION, seq: 4, mark: '{"chunk":9}', committedThrough: 8, ...more },
  });

  it('brings back what Redis has lost', async () => {
    const shard = world.nextShard();
    const { first, second } = await twice(world, shard, () =>
      attach(world.redis, shard, { ...restored(), ...OTHER, attachId: 'same', replaces: '9.gone' }),
    );
    expect(first).toMatchObject({
      outcome: 'ok',
      incarnation: INCARNATION,
      committedThrough: 8,
      appendedSeq: 4,
    });
    expect(first).toMatchObject({ mark: '{"chunk":9}', markSeq: 4, status: 'live', ...OTHER });
    expect(second).toMatchObject({ outcome: 'ok', epoch: first.epoch, mark: '{"chunk":9}', markSeq: 4 });
    expect(await session(world.redis, shard)).toMatchObject({
      status: 'live',
      token: 'token',
      seq: '4',
      appended: '4',
      committed: '8',
      created: '1700000000000',
    });
    expect(await attach(world.redis, shard, { how: 'resume', replaces: first.epoch })).toMatchObject({
      outcome: 'ok',
    });
  });

  it('gives its token back to a session that was healed without one', async () => {
    const shard = world.nextShard();
    const healed = { status: 'live', incarnation: INCARNATION, epoch: INCARNATION, token: '', options: '{}' };
    await world.redis.hset(keys.session(shard, 's'), {
      ...healed,
      seq: 5,
      appended: 5,
      committed: 9,
      mark: '{}',
    });
    const answer = await attach(world.redis, shard, { ...restored(), ...OTHER, replaces: '9.gone' });
    expect(answer).toMatchObject({
      outcome: 'ok',
      appendedSeq: 5,
      committedThrough: 9,
      markSeq: 5,
      ...OTHER,
    });
    expect(await session(world.redis, shard)).toMatchObject({ token: 'token', committed: '9', mark: '{}' });
  });

  it('is a resume where nothing was lost: it needs token and epoch', async () => {
    const shard = world.nextShard();
    const { incarnation, epoch } = await attach(world.redis, shard);
    const how = restored({ incarnation, seq: 0, mark: '', committedThrough: -1 });
    const before = await dump(world.redis, shard);
    expect(await attach(world.redis, shard, { ...how, replaces: epoch, tokenHash: 'wrong' })).toMatchObject({
      outcome: 'token',
    });
    expect(await attach(world.redis, shard, { ...how, replaces: '9.gone' })).toMatchObject({
      outcome: 'epoch',
    });
    expect(await dump(world.redis, shard)).toEqual(before);
    expect(await attach(world.redis, shard, { ...how, replaces: epoch })).toMatchObject({ outcome: 'ok' });
  });

  it('takes a mark of the same seq that Redis lost, never an older one', async () => {
    const shard = world.nextShard();
    const { incarnation, epoch } = await attach(world.redis, shard);
    const newer = await attach(world.redis, shard, {
      ...restored({ incarnation, seq: 0, committedThrough: 3 }),
      replaces: epoch,
    });
    expect(newer.committedThrough).toBe(3);
    const older = await attach(world.redis, shard, {
      ...restored({ incarnation, seq: 0, mark: '{"chunk":1}', committedThrough: 0 }),
      replaces: newer.epoch,
    });
    expect(older.committedThrough).toBe(3);
    expect(await session(world.redis, shard)).toMatchObject({ mark: '{"chunk":9}', committed: '3' });
  });

  it('brings back neither what was deleted nor what a newer session has replaced', async () => {
    const shard = world.nextShard();
    await attach(world.redis, shard);
    const before = await dump(world.redis, shard);
    expect(await attach(world.redis, shard, restored())).toMatchObject({ outcome: 'unknown' });
    expect(await dump(world.redis, shard)).toEqual(before);
    await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag');
    const future = restored({ incarnation: '9000000000000000.abcdef' });
    expect(await attach(world.redis, shard, future)).toMatchObject({ outcome: 'unknown' });
  });
});

describe('numbers that never come again', () => {
  it.each([
    ['the clock', 0],
    ['a last number far ahead of the clock', 8_000_000_000_000_000],
  ])('by %s', async (_, last) => {
    const shard = world.nextShard();
    if (last > 0) await world.redis.hset(keys.shard(shard), 'last', last);
    const { router } = await own(world.redis, shard);
    const seen: number[] = [];
    for (let round = 0; round < 20; round++) {
      const begin = (await world.redis.exists(keys.session(shard, 's'))) === 1 ? attachAnew : attach;
      const { incarnation, epoch } = await begin(world.redis, shard);
      const resumed = await attach(world.redis, shard, { how: 'resume', replaces: epoch });
      seen.push(stampNumber(incarnation), stampNumber(resumed.epoch));
      if (round % 2 === 0) {
        await markEndStored(world.redis, shard, world.proof(router), { sessionId: 's', incarnation }, 60_000);
      } else {
        await deleteLiveSession(world.redis, shard, 's', 60_000, `tag${round}`);
        seen.push(stampNumber((await session(world.redis, shard)).incarnation ?? ''));
      }
      // A look past the tombstone: even where nothing of the session is left, its numbers do not come again.
      if (round % 3 === 0) await world.redis.del(keys.session(shard, 's'));
    }
    expect(seen.every((number, i) => i === 0 || number > seen[i - 1]!)).toBe(true);
    expect(seen[0]).toBeGreaterThan(last);
  });

  it('an id that is deleted and used again while its audio is queued meets none of it', async () => {
    const shard = world.nextShard();
    await own(world.redis, shard);
    const old = await attach(world.redis, shard);
    await speak(world.redis, shard, old.epoch, 0);
    await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag');
    const young = await attachAnew(world.redis, shard, { tokenHash: 'other' });
    await speak(world.redis, shard, old.epoch, 1);
    await speak(world.redis, shard, young.epoch, 0);
    // What a worker goes by: entries whose epoch is older than the incarnation are another session's.
    const entries = await headers(world.redis, keys.audio(shard));
    const ours = entries.filter((header) => compareStamps(header.split('|')[2]!, young.incarnation) >= 0);
    expect(ours).toEqual([`S|s|${young.epoch}`, `A|s|${young.epoch}|0|0`]);
    const theirs = { how: 'resume', replaces: old.epoch } as const;
    expect(await attach(world.redis, shard, theirs)).toMatchObject({ outcome: 'token' });
  });
});
