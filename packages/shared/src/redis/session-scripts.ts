import { keys } from '../log/keys.js';
import type { Stamp } from '../log/stamp.js';
import { GatheredScript } from './gathered-script.js';
import type { RedisClient } from './redis-client.js';
import { Script } from './script.js';
import type { LeaseProof } from './shard-scripts.js';

const attachScript = new Script('attach-session');
const touchScript = new Script('touch-sessions');
const closeScript = new Script('close-session');
const noteAttemptsScript = new Script('note-attempts');
const deleteScript = new Script('delete-session');
const endStoredScript = new GatheredScript('end-stored');

export type SessionStatus = 'live' | 'closing' | 'finishing' | 'ended' | 'deleted';

/** What a gateway knows of a session that Redis may have lost. */
export interface Restore {
  incarnation: Stamp;
  /** `seq` of the last event its client got. */
  seq: number;
  /** Newest mark it heard of that belongs to no later event, as JSON; '' for none. */
  mark: string;
  committedThrough: number;
}

export interface AttachRequest {
  how: 'start' | 'resume' | 'restore';
  sessionId: string;
  /** Random; the same id gets the same answer. */
  attachId: string;
  gatewayId: string;
  tokenHash: string;
  userId: string;
  /** JSON of `SessionOptions`. */
  options: string;
  graceMs: number;
  /** The epoch this attach replaces, '' when none is known yet. */
  replaces: Stamp;
  /** Only to restore. */
  restore?: Restore;
}

export interface AttachAnswer {
  outcome: 'ok' | 'exists' | 'unknown' | 'token' | 'epoch';
  incarnation: Stamp;
  epoch: Stamp;
  /** Last chunk whose audio is used up; -1 when none. */
  committedThrough: number;
  /** `seq` of the last event in the events stream. */
  appendedSeq: number;
  status: SessionStatus | '';
  /** Which gateway had the session before; '' for none. */
  gatewayBefore: string;
  /** Newest mark, as JSON ('' for none), and the `seq` taken by then. */
  mark: string;
  markSeq: number;
  /** What the session was begun with: JSON of `SessionOptions`, '' where there is no session, and the user id. */
  options: string;
  userId: string;
}

/** Starts a session or takes it over for a gateway; see `lua/attach-session.lua`. */
export async function attachSession(
  redis: RedisClient,
  shard: number,
  request: AttachRequest,
): Promise<AttachAnswer> {
  const id = request.sessionId;
  const reply = (await attachScript.run(
    redis,
    [
      keys.session(shard, id),
      keys.events(shard, id),
      keys.audio(shard),
      keys.deadlines(shard),
      keys.shard(shard),
    ],
    [
      request.how,
      id,
      request.attachId,
      request.gatewayId,
      request.tokenHash,
      request.userId,
      request.options,
      request.graceMs,
      request.replaces,
      request.restore?.incarnation ?? '',
      request.restore?.seq ?? 0,
      request.restore?.mark ?? '',
      request.restore?.committedThrough ?? -1,
    ],
  )) as string[];
  const [
    outcome,
    incarnation,
    epoch,
    committed,
    appended,
    status,
    gatewayBefore,
    mark,
    markSeq,
    options,
    userId,
  ] = reply;
  return {
    outcome: outcome as AttachAnswer['outcome'],
    incarnation: incarnation ?? '',
    epoch: epoch ?? '',
    committedThrough: Number(committed ?? -1),
    appendedSeq: Number(appended ?? 0),
    status: (status ?? '') as SessionStatus | '',
    gatewayBefore: gatewayBefore ?? '',
    mark: mark ?? '',
    markSeq: Number(markSeq ?? 0),
    options: options ?? '',
    userId: userId ?? '',
  };
}

export type TouchAnswer = 'ok' | 'superseded' | 'finished' | 'closed' | 'unknown';

export interface Touched {
  /** Which run of Redis says so: one that was just started may have lost what it does not know. */
  runId: string;
  /** In the order asked. */
  answers: TouchAnswer[];
}

/** Moves the deadlines of sessions of one shard; see `lua/touch-sessions.lua`. */
export async function touchSessions(
  redis: RedisClient,
  shard: number,
  sessions: readonly { sessionId: string; epoch: Stamp }[],
  graceMs: number,
): Promise<Touched> {
  const [runId, ...answers] = (await touchScript.run(
    redis,
    [keys.deadlines(shard), ...sessions.map((session) => keys.session(shard, session.sessionId))],
    [graceMs, ...sessions.flatMap((session) => [session.sessionId, session.epoch])],
  )) as [string, ...TouchAnswer[]];
  return { runId, answers };
}

/** Ends a session whose deadline has passed; see `lua/close-session.lua`. */
export async function closeSession(
  redis: RedisClient,
  shard: number,
  lease: string,
  sessionId: string,
  tag: string,
): Promise<boolean> {
  const reply = await closeScript.run(
    redis,
    [
      keys.lease(shard, 'router'),
      keys.session(shard, sessionId),
      keys.audio(shard),
      keys.deadlines(shard),
      keys.shard(shard),
    ],
    [lease, sessionId, tag],
  );
  return reply === 1;
}

/** Keeps how often segments of a session were tried in vain; see `lua/note-attempts.lua`. */
export async function noteAttempts(
  redis: RedisClient,
  shard: number,
  lease: string,
  session: { sessionId: string; incarnation: Stamp },
  attempts: string,
): Promise<void> {
  await noteAttemptsScript.run(
    redis,
    [keys.lease(shard, 'worker'), keys.session(shard, session.sessionId)],
    [lease, session.incarnation, attempts],
  );
}

/** How long Redis remembers that a session was deleted: longer than anything of it can be under way. */
export const TOMBSTONE_MS = 24 * 3_600_000;

/**
 * Removes a session from Redis, in whichever incarnation or in this one only, and tells the shard's router and
 * worker; see `lua/delete-session.lua`.
 *
 * @param tag random, so that the same deletion can be sent twice
 */
export async function deleteLiveSession(
  redis: RedisClient,
  shard: number,
  sessionId: string,
  tombstoneMs: number,
  tag: string,
  incarnation: Stamp = '',
): Promise<boolean> {
  const reply = await deleteScript.run(
    redis,
    [
      keys.session(shard, sessionId),
      keys.events(shard, sessionId),
      keys.results(shard),
      keys.deadlines(shard),
      keys.shard(shard),
      keys.audio(shard),
    ],
    [sessionId, tombstoneMs, tag, incarnation],
  );
  return reply === 1;
}

/** Lets Redis forget a session whose end is stored; see `lua/end-stored.lua`. */
export async function markEndStored(
  redis: RedisClient,
  shard: number,
  { value, runId }: LeaseProof,
  session: { sessionId: string; incarnation: Stamp },
  ttlMs: number,
): Promise<void> {
  await endStoredScript.run(
    redis,
    [
      keys.lease(shard, 'router'),
      keys.session(shard, session.sessionId),
      keys.events(shard, session.sessionId),
      keys.deadlines(shard),
    ],
    [value, session.sessionId, session.incarnation, ttlMs, runId],
  );
}
