import { keys, type Role } from '../log/keys.js';
import { GatheredScript } from './gathered-script.js';
import type { RedisClient } from './redis-client.js';
import { Script } from './script.js';

const takeScript = new Script('take-shard');
const renewScript = new GatheredScript('renew-lease');
const releaseScript = new Script('release-shard');
const trimScript = new GatheredScript('trim-stream');
const markHealedScript = new Script('mark-healed');
const forgetHealingScript = new GatheredScript('forget-healing');
const heartbeatScript = new Script('heartbeat');
const replaceScript = new Script('replace-member');
const freeScript = new Script('free-lease');

/** The stream that a role reads. */
export function streamOf(role: Role, shard: number): string {
  return role === 'worker' ? keys.audio(shard) : keys.results(shard);
}

export interface TakenShard {
  /** `<owner>:<epoch>`, what every script of this owner has to show. */
  lease: string;
  lastCommit: number;
  /** Which run of Redis gave it. */
  runId: string;
  /** The shard's router has raised it to what PostgreSQL holds, for this run of Redis. */
  healed: boolean;
}

/** Takes a shard when nobody else holds it, else null; see `lua/take-shard.lua`. */
export async function takeShard(
  redis: RedisClient,
  role: Role,
  shard: number,
  owner: string,
  leaseMs: number,
): Promise<TakenShard | null> {
  const [taken, epoch, lastCommit, runId, healed] = (await takeScript.run(
    redis,
    [keys.lease(shard, role), keys.shard(shard), streamOf(role, shard)],
    [role, owner, leaseMs],
  )) as [number, number, number, string, number];
  return taken === 1 ? { lease: `${owner}:${epoch}`, lastCommit, runId, healed: healed === 1 } : null;
}

/** Prolongs a lease; false when it is not ours any more, or Redis was started again since it was given. */
export async function renewLease(
  redis: RedisClient,
  role: Role,
  shard: number,
  lease: string,
  leaseMs: number,
  runId: string,
): Promise<boolean> {
  return (await renewScript.run(redis, [keys.lease(shard, role)], [lease, leaseMs, runId])) === 1;
}

/** Gives a shard back at once. */
export async function releaseShard(
  redis: RedisClient,
  role: Role,
  shard: number,
  lease: string,
  owner: string,
): Promise<void> {
  await releaseScript.run(redis, [keys.lease(shard, role), streamOf(role, shard)], [lease, owner]);
}

/** What an owner has to show where a Redis that came back older than it was must not believe the lease in its file. */
export interface LeaseProof {
  /** `<owner>:<epoch>` */
  readonly value: string;
  /** Which run of Redis gave it. */
  readonly runId: string;
}

/** Trims what nobody needs before `oldestNeeded`; does nothing without the lease, or in a later run of Redis. */
export async function trimStream(
  redis: RedisClient,
  role: Role,
  shard: number,
  { value, runId }: LeaseProof,
  oldestNeeded: string,
): Promise<void> {
  await trimScript.run(redis, [keys.lease(shard, role), streamOf(role, shard)], [value, oldestNeeded, runId]);
}

/** Lets workers take a shard during this run of Redis; false without the lease. */
export async function markHealed(
  redis: RedisClient,
  shard: number,
  lease: string,
  runId: string,
): Promise<boolean> {
  const reply = await markHealedScript.run(
    redis,
    [keys.lease(shard, 'router'), keys.shard(shard)],
    [lease, runId],
  );
  return reply === 1;
}

/**
 * A run of Redis is the master again: what was marked healed for it before `sinceMs` of its clock is not any more, and the
 * leases of that end. False when the run that answers is another one.
 */
export async function forgetHealing(
  redis: RedisClient,
  shard: number,
  runId: string,
  sinceMs: number,
): Promise<boolean> {
  const reply = await forgetHealingScript.run(
    redis,
    [keys.shard(shard), keys.lease(shard, 'worker'), keys.lease(shard, 'router')],
    [runId, Math.ceil(sinceMs)],
  );
  return reply === 1;
}

export interface Membership {
  /** Redis' clock, Unix ms. */
  redisTimeMs: number;
  /** Which run of Redis answered. */
  runId: string;
  members: string[];
}

/** Says that this member lives for another `ttlMs` (0: it leaves) and reads who else does. */
export async function heartbeat(
  redis: RedisClient,
  role: Role,
  memberId: string,
  ttlMs: number,
): Promise<Membership> {
  const [time, runId, ...members] = (await heartbeatScript.run(
    redis,
    [keys.members(role)],
    [memberId, ttlMs],
  )) as [string, string, ...string[]];
  return { redisTimeMs: Number(time), runId, members };
}

/** Forgets earlier processes of this member's instance, and says which; see `lua/replace-member.lua`. */
export async function replaceMember(
  redis: RedisClient,
  role: Role,
  memberId: string,
  instanceId: string,
): Promise<string[]> {
  const reply = await replaceScript.run(redis, [keys.members(role)], [memberId, `${instanceId}-`]);
  return reply as string[];
}

/** Ends the lease of an owner that was replaced; false when somebody else holds the shard. */
export async function freeLease(
  redis: RedisClient,
  role: Role,
  shard: number,
  owner: string,
): Promise<boolean> {
  return (await freeScript.run(redis, [keys.lease(shard, role)], [owner])) === 1;
}
