import {
  appendEvents,
  commit,
  deleteLiveSession,
  healSession,
  keys,
  type ResultKind,
  type SessionHealing,
} from '@tributary/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  attach,
  commitOf,
  dump,
  GRACE_MS,
  headers,
  OPTIONS,
  own,
  type ScriptRedis,
  session,
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

async function ready(): Promise<{ shard: number; router: string; worker: string; incarnation: string }> {
  const shard = world.nextShard();
  const leases = await own(world.redis, shard);
  const { incarnation } = await attach(world.redis, shard);
  return { shard, ...leases, incarnation };
}

/** As if so many commits of the session had been made. */
async function tookSeq(shard: number, sessionId: string, seq: number): Promise<void> {
  await world.redis.hset(keys.session(shard, sessionId), 'seq', seq);
}

describe('commit', () => {
  it('does all of it: result, seq, mark, commit number', async () => {
    const { shard, worker, incarnation } = await ready();
    const what = commitOf(incarnation, 1);
    const { first, second } = await twice(world, shard, () => commit(world.redis, shard, worker, what));
    expect(first).toEqual({ outcome: 'ok', seq: 1, gatewayId: 'g1' });
    expect(second).toEqual({ outcome: 'done', seq: 1, gatewayId: 'g1' });
    expect(await session(world.redis, shard)).toMatchObject({ seq: '1', mark: what.mark, committed: '0' });
    expect(await world.redis.xrange(keys.results(shard), '-', '+')).toEqual([
      [expect.any(String), ['h', `1|S|s|${incarnation}|1`, 'j', what.body, 'm', what.meta]],
    ]);
    expect(await world.redis.hget(keys.shard(shard), 'commit')).toBe('1');
    // The caller goes on.
    const next = await commit(world.redis, shard, worker, commitOf(incarnation, 2));
    expect(next).toMatchObject({ outcome: 'ok', seq: 2 });
  });

  it.each<[ResultKind | null, string[], string]>([
    [null, [], '0'],
    ['begin', ['B'], '0'],
    ['segment', ['S'], '1'],
    ['error', ['X'], '1'],
    ['end', ['E'], '1'],
  ])('of %s', async (kind, letters, seq) => {
    const { shard, worker, incarnation } = await ready();
    const what = commitOf(incarnation, 1, { kind });
    await twice(world, shard, () => commit(world.redis, shard, worker, what));
    expect((await headers(world.redis, keys.results(shard))).map((header) => header[0])).toEqual(letters);
    const status = kind === 'end' ? 'finishing' : 'live';
    expect(await session(world.redis, shard)).toMatchObject({ seq, status, mark: what.mark });
    expect(await world.redis.zcard(keys.deadlines(shard))).toBe(kind === 'end' ? 0 : 1);
  });

  it('is refused without the lease, or out of turn, and changes nothing then', async () => {
    const { shard, worker, router, incarnation } = await ready();
    const refused = async (lease: string, number: number, outcome: string, tag = 'other') => {
      const before = await dump(world.redis, shard);
      const what = commitOf(incarnation, number, { tag });
      expect(await commit(world.redis, shard, lease, what)).toMatchObject({ outcome });
      expect(await dump(world.redis, shard)).toEqual(before);
    };
    await refused(router, 1, 'lease');
    await refused('worker:99', 1, 'lease');
    await refused(worker, 2, 'number');
    await commit(world.redis, shard, worker, commitOf(incarnation, 1));
    await commit(world.redis, shard, worker, commitOf(incarnation, 2));
    await refused(worker, 1, 'number', 'tag1');
    // The same number with another tag is another commit, of an owner that Redis does not know.
    await refused(worker, 2, 'number');
    await refused(worker, 4, 'number');
    await take(world.redis, shard, 'worker', 'worker');
    await refused(worker, 3, 'lease');
    await world.redis.del(keys.lease(shard, 'worker'));
    await refused(worker, 3, 'lease');
  });

  it('of a session that is gone stores nothing of it, and counts', async () => {
    for (const gone of ['deleted', 'ended', 'begun anew', 'never there']) {
      const { shard, worker, incarnation } = await ready();
      if (gone === 'deleted') await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag');
      else if (gone === 'never there') await world.redis.del(keys.session(shard, 's'));
      else {
        await world.redis.hset(keys.session(shard, 's'), 'status', 'ended');
        if (gone === 'begun anew') await attach(world.redis, shard);
      }
      const before = await session(world.redis, shard);
      const results = await headers(world.redis, keys.results(shard));
      const send = () => commit(world.redis, shard, worker, commitOf(incarnation, 1));
      const { first, second } = await twice(world, shard, send);
      expect([first.outcome, second.outcome]).toEqual(['stale', 'done']);
      expect(await session(world.redis, shard)).toEqual(before);
      expect(await headers(world.redis, keys.results(shard))).toEqual(results);
      const next = commitOf(incarnation, 2);
      expect(await commit(world.redis, shard, worker, next)).toMatchObject({ outcome: 'stale' });
    }
  });

  it('trims what no session of the shard needs any more', async () => {
    const { shard, worker, incarnation } = await ready();
    const ids: string[] = [];
    for (let n = 0; n < 40; n++) ids.push(await speak(world.redis, shard, '1.a', n, Buffer.alloc(4_000)));
    const what = commitOf(incarnation, 1, { oldestNeeded: ids[20]! });
    await twice(world, shard, () => commit(world.redis, shard, worker, what));
    const left = (await world.redis.xrange(keys.audio(shard), '-', '+')).map(([id]) => id);
    expect(left.length).toBeLessThan(30);
    expect(left.slice(-20)).toEqual(ids.slice(20));
  });
});

describe('append-events', () => {
  it('takes exactly the next one of each session', async () => {
    const { shard, router, incarnation } = await ready();
    const other = await attach(world.redis, shard, { sessionId: 'o', gatewayId: 'g2' });
    await tookSeq(shard, 's', 6);
    await tookSeq(shard, 'o', 1);
    const event = (seq: number, stamp = incarnation, sessionId = 's') => {
      return { sessionId, incarnation: stamp, seq, json: `{"seq":${seq}}` };
    };
    const events = [event(1), event(1, other.incarnation, 'o'), event(2), event(3), event(3)];
    const { first, second } = await twice(world, shard, () =>
      appendEvents(world.redis, shard, router, events),
    );
    const outcomes = (answers: typeof first) => answers?.map(({ outcome }) => outcome);
    expect(outcomes(first)).toEqual(['ok', 'ok', 'ok', 'ok', 'old']);
    expect(outcomes(second)).toEqual(['old', 'old', 'old', 'old', 'old']);
    for (const answers of [first, second]) {
      expect(answers?.map(({ gatewayId }) => gatewayId)).toEqual(['g1', 'g2', 'g1', 'g1', 'g1']);
    }
    expect(await world.redis.xrange(keys.events(shard, 's'), '-', '+')).toEqual(
      [1, 2, 3].map((seq) => [`${seq}-0`, ['j', `{"seq":${seq}}`]]),
    );
    const ahead = () => appendEvents(world.redis, shard, router, [event(5), event(6)]);
    expect(outcomes((await twice(world, shard, ahead)).second)).toEqual(['gap', 'gap']);
    expect(await world.redis.xlen(keys.events(shard, 's'))).toBe(3);
    expect(outcomes(await appendEvents(world.redis, shard, router, [event(4), event(5)]))).toEqual([
      'ok',
      'ok',
    ]);
  });

  it('takes nothing whose commit Redis has lost since it was read', async () => {
    const { shard, router, worker, incarnation } = await ready();
    await commit(world.redis, shard, worker, commitOf(incarnation, 1));
    const events = [1, 2].map((seq) => ({ sessionId: 's', incarnation, seq, json: `{"seq":${seq}}` }));
    const answers = await appendEvents(world.redis, shard, router, events);
    expect(answers?.map(({ outcome }) => outcome)).toEqual(['ok', 'lost']);
    expect(await world.redis.xlen(keys.events(shard, 's'))).toBe(1);
    expect((await session(world.redis, shard)).appended).toBe('1');
  });

  it('takes nothing without the lease, or of a session that is gone', async () => {
    const { shard, router, incarnation } = await ready();
    const event = { sessionId: 's', incarnation, seq: 1, json: '{}' };
    const before = await dump(world.redis, shard);
    expect(await appendEvents(world.redis, shard, 'router:99', [event])).toBeNull();
    const stale = [{ ...event, incarnation: '1.other' }];
    expect(await appendEvents(world.redis, shard, router, stale)).toMatchObject([{ outcome: 'stale' }]);
    expect(await dump(world.redis, shard)).toEqual(before);
    await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag');
    expect(await appendEvents(world.redis, shard, router, [event])).toMatchObject([{ outcome: 'stale' }]);
    expect(await world.redis.exists(keys.events(shard, 's'))).toBe(0);
    expect(await appendEvents(world.redis, shard, router, [])).toEqual([]);
  });
});

describe('heal-session', () => {
  const times = { eventsTtlMs: 60_000, graceMs: GRACE_MS };
  const events = [1, 2, 3].map((seq) => ({ seq, json: `{"seq":${seq}}` }));
  const healing = (incarnation: string, more: Partial<SessionHealing> = {}): SessionHealing => ({
    sessionId: 's',
    incarnation,
    userId: 'user',
    options: OPTIONS,
    mark: '{"chunk":9}',
    committedThrough: 8,
    ended: false,
    events,
    ...more,
  });

  it('raises a session, sent twice as well, and nothing without the lease', async () => {
    const { shard, router, incarnation } = await ready();
    const before = await dump(world.redis, shard);
    expect(await healSession(world.redis, shard, 'router:99', healing(incarnation), times)).toBe(false);
    expect(await dump(world.redis, shard)).toEqual(before);
    const { first, second } = await twice(world, shard, () =>
      healSession(world.redis, shard, router, healing(incarnation), times),
    );
    expect([first, second]).toEqual([true, true]);
    expect(await session(world.redis, shard)).toMatchObject({
      status: 'live',
      seq: '3',
      appended: '3',
      mark: '{"chunk":9}',
      committed: '8',
      token: 'token',
    });
    expect(await world.redis.xlen(keys.events(shard, 's'))).toBe(3);
  });

  it('never lowers anything', async () => {
    const { shard, router, worker, incarnation } = await ready();
    for (let n = 1; n <= 4; n++) await commit(world.redis, shard, worker, commitOf(incarnation, n));
    const appended = [1, 2, 3, 4].map((seq) => ({
      sessionId: 's',
      incarnation,
      seq,
      json: `{"seq":${seq}}`,
    }));
    await appendEvents(world.redis, shard, router, appended);
    const before = await dump(world.redis, shard);
    expect(await healSession(world.redis, shard, router, healing(incarnation), times)).toBe(true);
    expect(await dump(world.redis, shard)).toEqual(before);
  });

  it('makes a missing session anew, without a token, until its deadline', async () => {
    const { shard, router } = await ready();
    const missing = healing('1700000000000000.abcdef', { sessionId: 'm' });
    await twice(world, shard, () => healSession(world.redis, shard, router, missing, times));
    expect(await session(world.redis, shard, 'm')).toMatchObject({
      status: 'live',
      incarnation: missing.incarnation,
      epoch: missing.incarnation,
      token: '',
      seq: '3',
      created: '1700000000000',
    });
    expect(await world.redis.zscore(keys.deadlines(shard), 'm')).not.toBeNull();
    const stranger = await attach(world.redis, shard, { sessionId: 'm', how: 'resume' });
    expect(stranger.outcome).toBe('token');
  });

  it('ends what has ended', async () => {
    const { shard, router, incarnation } = await ready();
    const what = healing(incarnation, { ended: true });
    await twice(world, shard, () => healSession(world.redis, shard, router, what, times));
    expect((await session(world.redis, shard)).status).toBe('ended');
    expect(await world.redis.pttl(keys.session(shard, 's'))).toBeGreaterThan(0);
    expect(await world.redis.pttl(keys.events(shard, 's'))).toBeGreaterThan(0);
    expect(await world.redis.zcard(keys.deadlines(shard))).toBe(0);
  });

  it('touches neither what was deleted nor a newer incarnation', async () => {
    const { shard, router } = await ready();
    const old = healing('1700000000000000.abcdef');
    const before = await dump(world.redis, shard);
    expect(await healSession(world.redis, shard, router, old, times)).toBe(true);
    expect(await dump(world.redis, shard)).toEqual(before);
    await deleteLiveSession(world.redis, shard, 's', 60_000, 'tag');
    const deleted = await dump(world.redis, shard);
    const future = healing('9000000000000000.abcdef');
    expect(await healSession(world.redis, shard, router, future, times)).toBe(true);
    expect(await dump(world.redis, shard)).toEqual(deleted);
  });

  it('gives its events and its mark to one that a gateway restored first, all of it lost', async () => {
    const { shard, router } = await ready();
    const incarnation = '1700000000000000.abcdef';
    const restore = { incarnation, seq: 3, mark: '', committedThrough: -1 };
    await attach(world.redis, shard, { sessionId: 'l', how: 'restore', restore });
    expect(await session(world.redis, shard, 'l')).toMatchObject({ seq: '3', appended: '3', mark: '' });
    const lost = healing(incarnation, { sessionId: 'l' });
    await twice(world, shard, () => healSession(world.redis, shard, router, lost, times));
    expect(await session(world.redis, shard, 'l')).toMatchObject({
      ...{ token: 'token', seq: '3', appended: '3', mark: '{"chunk":9}', committed: '8' },
    });
    expect(await world.redis.xlen(keys.events(shard, 'l'))).toBe(3);
  });

  it('takes the newer mark that a gateway was told of, once the seq has been raised to it', async () => {
    const { shard, router, incarnation } = await ready();
    const { epoch } = await session(world.redis, shard);
    const restore = { incarnation, seq: 3, mark: '{"chunk":12}', committedThrough: 11 };
    await attach(world.redis, shard, { how: 'restore', replaces: epoch!, restore });
    expect(await session(world.redis, shard)).toMatchObject({ seq: '0', committed: '-1' });
    await twice(world, shard, () => healSession(world.redis, shard, router, healing(incarnation), times));
    expect(await session(world.redis, shard)).toMatchObject({
      seq: '3',
      committed: '11',
      mark: '{"chunk":12}',
    });
  });
});
