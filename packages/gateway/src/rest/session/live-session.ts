import {
  EVENTS_PAGE,
  keys,
  type Mark,
  type RedisClient,
  readEvents,
  type SessionOptions,
  type SessionStatus,
  type StoredEvent,
  TributaryError,
} from '@tributary/shared';
import type { Session, SessionChunk } from '../schemas.js';
import { liveChunk, type SessionEvent } from './live-chunk.js';
import { MAX_CHUNKS, sessionView } from './session-view.js';

/** A session as Redis knows it. */
export interface LiveSession {
  status: SessionStatus;
  incarnation: string;
  /** Null where only the mark of a deleted session is left. */
  view: Session | null;
}

const SAMPLE_RATE_HZ = 16_000;
const MAX_ATTEMPTS = 5;

/** The fields of the session's hash that the API shows. */
export interface Hash {
  status: SessionStatus;
  incarnation: string;
  user: string;
  createdMs: number;
  options: Partial<SessionOptions>;
  mark: Mark | null;
}

/**
 * The session in Redis, or null. What is read belongs to one incarnation.
 *
 * @throws TributaryError `unavailable` when the session is begun anew all the time.
 */
export async function readLiveSession(
  redis: RedisClient,
  shard: number,
  sessionId: string,
): Promise<LiveSession | null> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const hash = await readHash(redis, shard, sessionId);
    if (hash === null) return null;
    const { status, incarnation } = hash;
    if (status === 'deleted') return { status, incarnation, view: null };
    const events = await readAllEvents(redis, shard, sessionId);
    const now = await redis.hget(keys.session(shard, sessionId), 'incarnation');
    // Deleted or begun anew meanwhile: the events may be another incarnation's.
    if (now === incarnation) return { status, incarnation, view: liveView(sessionId, hash, events) };
  }
  throw new TributaryError('unavailable', 'the session changes too fast');
}

async function readHash(redis: RedisClient, shard: number, sessionId: string): Promise<Hash | null> {
  const [status, incarnation, user, created, options, mark] = await redis.hmget(
    keys.session(shard, sessionId),
    'status',
    'incarnation',
    'user',
    'created',
    'options',
    'mark',
  );
  if (!status || !incarnation) return null;
  return {
    status: status as SessionStatus,
    incarnation,
    user: user ?? '',
    createdMs: Number(created ?? 0),
    options: JSON.parse(options ?? '{}') as Partial<SessionOptions>,
    mark: mark ? (JSON.parse(mark) as Mark) : null,
  };
}

/** Pages of events, and no more of them than one answer shows; the last event of all comes along in any case. */
async function readAllEvents(redis: RedisClient, shard: number, sessionId: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  while (events.length <= MAX_CHUNKS) {
    const page = await readEvents(redis, shard, sessionId, events.at(-1)?.seq ?? 0);
    events.push(...page);
    if (page.length < EVENTS_PAGE) return events;
  }
  const [last] = await redis.xrevrange(keys.events(shard, sessionId), '+', '-', 'COUNT', 1);
  if (last !== undefined) events.push({ seq: Number.parseInt(last[0], 10), json: last[1][1] ?? '' });
  return events;
}

/** Pure: the hash and the events put together. */
export function liveView(id: string, hash: Hash, stored: readonly StoredEvent[]): Session {
  const events = stored.map(({ json }) => JSON.parse(json) as SessionEvent);
  const final = events.findLast((event) => event.type === 'final_result');
  const chunks = events.map(liveChunk).filter((chunk): chunk is SessionChunk => chunk !== null);
  const { mark, options } = hash;
  return sessionView(
    {
      id,
      user_id: hash.user,
      status: final?.status ?? 'active',
      language: options.language ?? null,
      chunk_count: final?.chunk_count ?? mark?.chunks ?? 0,
      lost_chunk_count: mark?.lostChunks ?? 0,
      segment_count: mark?.segment ?? 0,
      final_text: final?.text ?? null,
      duration: final?.duration ?? (mark?.sample ?? 0) / SAMPLE_RATE_HZ,
      createdAt: new Date(hash.createdMs),
      completedAt: null,
    },
    chunks,
  );
}
