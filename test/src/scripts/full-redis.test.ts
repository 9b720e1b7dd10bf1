import {
  appendEvents,
  claimShardCount,
  closeSession,
  commit,
  deleteLiveSession,
  forgetHealing,
  freeLease,
  healSession,
  heartbeat,
  keys,
  markEndStored,
  markHealed,
  noteAttempts,
  readStatuses,
  releaseShard,
  renewLease,
  replaceMember,
  takeShard,
  touchSessions,
  trimStream,
  writeStatus,
} from '@tributary/shared';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  attach,
  commitOf,
  GRACE_MS,
  LEASE_MS,
  OPTIONS,
  type ScriptRedis,
  session,
  speak,
  startScriptRedis,
} from './script-redis.js';

let world: ScriptRedis;
beforeAll(async () => {
  world = await startScriptRedis();
});
afterAll(async () => await world.stop());

it('at maxmemory only audio itself is refused: sessions begin, are recognised and end', async () => {
  const { redis } = world;
  const shard = world.nextShard();
  await claimShardCount(redis, 64);
  await redis.set('ballast', Buffer.alloc(4_000_000));
  await redis.config('SET', 'maxmemory', '2mb');
  await expect(speak(redis, shard, '1.a', 0)).rejects.toThrow('OOM');
  await expect(redis.set('any', 'thing')).rejects.toThrow('OOM');

  // A process that starts.
  await claimShardCount(redis, 64);
  expect((await heartbeat(redis, 'router', 'r', 60_000)).members).toEqual(['r']);
  const status = { shards: 1, sessions: 0, waiting: 0, busy: 0, concurrency: 0, failed: 0, engine: '' };
  await writeStatus(redis, 'router', { id: 'r', ...status }, 60_000);
  expect(await readStatuses(redis, 'router')).toEqual([{ id: 'r', ...status }]);
  // One whose predecessor died.
  const gone = world.nextShard();
  await heartbeat(redis, 'router', 'q-12345678', 60_000);
  await takeShard(redis, 'router', gone, 'q-12345678', LEASE_MS);
  expect(await replaceMember(redis, 'router', 'q-87654321', 'q')).toEqual(['q-12345678']);
  expect(await freeLease(redis, 'router', gone, 'q-12345678')).toBe(true);
  const router = await takeShard(redis, 'router', shard, 'r', LEASE_MS);
  const { lease, runId } = router!;
  expect(await forgetHealing(redis, shard, runId, 0)).toBe(true);
  expect(await markHealed(redis, shard, lease, runId)).toBe(true);
  const worker = await takeShard(redis, 'worker', shard, 'w', LEASE_MS);
  const work = worker!.lease;
  expect(await renewLease(redis, 'worker', shard, work, LEASE_MS, runId)).toBe(true);

  // A session from its start to its end.
  const { incarnation, epoch } = await attach(redis, shard);
  const resumed = await attach(redis, shard, { how: 'resume', replaces: epoch });
  expect(resumed.outcome).toBe('ok');
  const touched = await touchSessions(redis, shard, [{ sessionId: 's', epoch: resumed.epoch }], GRACE_MS);
  expect(touched.answers).toEqual(['ok']);
  for (const [i, kind] of ([null, 'begin', 'segment', 'error', 'end'] as const).entries()) {
    const what = commitOf(incarnation, i + 1, { kind, oldestNeeded: '0-1' });
    expect(await commit(redis, shard, work, what)).toMatchObject({ outcome: 'ok' });
  }
  await noteAttempts(redis, shard, work, { sessionId: 's', incarnation }, '{"0":1}');
  expect((await session(redis, shard)).attempts).toBe('{"0":1}');
  const events = [1, 2, 3].map((seq) => ({ sessionId: 's', incarnation, seq, json: '{}' }));
  const appended = await appendEvents(redis, shard, lease, events);
  expect(appended?.map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'ok']);
  await markEndStored(redis, shard, world.proof(lease), { sessionId: 's', incarnation }, 60_000);
  expect((await session(redis, shard)).status).toBe('ended');

  // One that is abandoned, one that is deleted, one that is healed, one that is restored.
  await attach(redis, shard, { sessionId: 'abandoned', graceMs: -1 });
  expect(await closeSession(redis, shard, lease, 'abandoned', 'tag')).toBe(true);
  await attach(redis, shard, { sessionId: 'deleted' });
  expect(await deleteLiveSession(redis, shard, 'deleted', 60_000, 'tag')).toBe(true);
  const healing = {
    ...{ sessionId: 'healed', incarnation: '1700000000000000.a', userId: '', options: OPTIONS, mark: '{}' },
    ...{ committedThrough: 0, ended: false, events: [{ seq: 1, json: '{}' }] },
  };
  const times = { eventsTtlMs: 60_000, graceMs: GRACE_MS };
  expect(await healSession(redis, shard, lease, healing, times)).toBe(true);
  const restore = { incarnation: '1700000000000000.b', seq: 0, mark: '', committedThrough: -1 };
  const restored = await attach(redis, shard, { how: 'restore', sessionId: 'restored', restore });
  expect(restored.outcome).toBe('ok');

  // Reading, trimming and handing over.
  const audio = keys.audio(shard);
  await redis.xgroup('SETID', audio, 'w', '0');
  const read = await redis.xreadgroup('GROUP', 'w', 'w', 'NOACK', 'STREAMS', audio, '>');
  expect(read).toHaveLength(1);
  await trimStream(redis, 'worker', shard, world.proof(work), '0-1');
  await releaseShard(redis, 'worker', shard, work, 'w');
  expect(await redis.exists(keys.lease(shard, 'worker'))).toBe(0);
  expect((await heartbeat(redis, 'router', 'r', 0)).members).toEqual([]);

  // Relieved, it takes audio again.
  await redis.config('SET', 'maxmemory', '0');
  await speak(redis, shard, resumed.epoch, 0);
});
