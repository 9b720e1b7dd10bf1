import {
  type AttachAnswer,
  type AttachRequest,
  attachSession,
  audioHeader,
  type Commit,
  keys,
  type Lease,
  type LeaseProof,
  markHealed,
  type Role,
  sessionOptions,
  type TakenShard,
  takeShard,
} from '@tributary/shared';
import { startRedis, type TestRedis } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { expect } from 'vitest';

export const GRACE_MS = 60_000;
export const LEASE_MS = 60_000;
export const OPTIONS = JSON.stringify(sessionOptions({ action: 'start' }));

/** A Redis for tests of scripts; each test takes a shard of its own. */
export interface ScriptRedis {
  readonly server: TestRedis;
  readonly redis: Redis;
  /** Which run of Redis this is. */
  readonly runId: string;
  nextShard(): number;
  /** A lease as a script wants to see it that must not believe one of an earlier run of Redis. */
  proof(lease: string, runId?: string): LeaseProof;
  stop(): Promise<void>;
}

export async function startScriptRedis(): Promise<ScriptRedis> {
  const server = await startRedis({ appendfsync: 'no' });
  const redis = new Redis(server.url);
  const runId = /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1] ?? '';
  let shard = 0;
  return {
    server,
    redis,
    runId,
    nextShard: () => shard++,
    proof: (value, ofRun = runId) => ({ value, runId: ofRun }),
    stop: async () => {
      redis.disconnect();
      await server.stop();
    },
  };
}

/** All that Redis holds of a shard, but for moments: scores of deadlines, and how long a key has left to live. */
export async function dump(redis: Redis, shard: number): Promise<Record<string, unknown>> {
  const names = (await redis.keys(`{t:${shard}}:*`)).sort();
  const all: Record<string, unknown> = {};
  for (const name of names) {
    all[name] = { expires: (await redis.pttl(name)) >= 0, value: await read(redis, name) };
  }
  return all;
}

async function read(redis: Redis, name: string): Promise<unknown> {
  switch (await redis.type(name)) {
    case 'string':
      return await redis.get(name);
    case 'hash':
      return await redis.hgetall(name);
    case 'zset':
      return (await redis.zrange(name, 0, -1)).sort();
    default:
      return {
        entries: await redis.xrange(name, '-', '+'),
        groups: await redis.xinfo('GROUPS', name),
      };
  }
}

/** Does it as a client does whose first answer was lost: the second time must leave everything as it was. */
export async function twice<Answer>(
  { redis }: ScriptRedis,
  shard: number,
  send: () => Promise<Answer>,
): Promise<{ first: Answer; second: Answer }> {
  const first = await send();
  const once = await dump(redis, shard);
  const second = await send();
  expect(await dump(redis, shard)).toEqual(once);
  return { first, second };
}

/** Takes a shard that is free. */
export async function take(redis: Redis, shard: number, role: Role, owner = 'owner'): Promise<TakenShard> {
  const taken = await takeShard(redis, role, shard, owner, LEASE_MS);
  if (taken === null) throw new Error(`shard ${shard} could not be taken`);
  return taken;
}

/** A router and a worker own the shard. */
export async function own(redis: Redis, shard: number): Promise<Record<Role, Lease['value']>> {
  const router = await take(redis, shard, 'router', 'router');
  await markHealed(redis, shard, router.lease, router.runId);
  const worker = await take(redis, shard, 'worker', 'worker');
  return { router: router.lease, worker: worker.lease };
}

let attached = 0;

export async function attach(
  redis: Redis,
  shard: number,
  request: Partial<AttachRequest> = {},
): Promise<AttachAnswer> {
  return await attachSession(redis, shard, {
    how: 'start',
    sessionId: 's',
    attachId: `${attached++}`.padStart(8, 'a'),
    gatewayId: 'g1',
    tokenHash: 'token',
    userId: 'user',
    options: OPTIONS,
    graceMs: GRACE_MS,
    replaces: '',
    ...request,
  });
}

/** Begins a session of an id that was used before, as a gateway does: by naming what it replaces. */
export async function attachAnew(
  redis: Redis,
  shard: number,
  request: Partial<AttachRequest> = {},
): Promise<AttachAnswer> {
  const { epoch } = await attach(redis, shard, request);
  return await attach(redis, shard, { ...request, replaces: epoch });
}

/** Appends a chunk as a gateway does. */
export async function speak(
  redis: Redis,
  shard: number,
  epoch: string,
  n: number,
  audio = Buffer.from('audio'),
): Promise<string> {
  const header = audioHeader('s', epoch, n, n);
  return (await redis.xadd(keys.audio(shard), '*', 'h', header, 'd', audio)) ?? '';
}

/** A commit with something in every part. */
export function commitOf(incarnation: string, number: number, more: Partial<Commit> = {}): Commit {
  return {
    number,
    tag: `tag${number}`,
    sessionId: 's',
    incarnation,
    kind: 'segment',
    body: JSON.stringify({ text: `text ${number}` }),
    meta: JSON.stringify({ mark: 'of the store' }),
    mark: JSON.stringify({ chunk: number }),
    committedThrough: number - 1,
    oldestNeeded: '',
    ...more,
  };
}

/** One session's hash. */
export async function session(redis: Redis, shard: number, id = 's'): Promise<Record<string, string>> {
  return await redis.hgetall(keys.session(shard, id));
}

/** Headers of a stream's entries, without the version. */
export async function headers(redis: Redis, stream: string): Promise<string[]> {
  const entries = await redis.xrange(stream, '-', '+');
  return entries.map(([, fields]) => (fields[1] ?? '').slice(2));
}
