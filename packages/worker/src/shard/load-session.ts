import {
  keys,
  type Mark,
  parseSessionOptions,
  type RedisClient,
  type SessionStatus,
  type Stamp,
} from '@tributary/shared';
import type { StoredSession } from './active-session.js';

const FIELDS = [
  'status',
  'incarnation',
  'gateway',
  'options',
  'mark',
  'user',
  'created',
  'attempts',
] as const;

/** What Redis knows of a session: one to be recognised and who began it when, or only its last incarnation ('' for none). */
export type LoadedSession =
  | { stored: StoredSession; userId: string; createdAtMs: number }
  | { stored: null; incarnation: Stamp };

/** Reads the state of a session. */
export async function loadSession(
  redis: RedisClient,
  shard: number,
  sessionId: string,
): Promise<LoadedSession> {
  const [status, incarnation, gatewayId, options, mark, userId, created, attempts] = await redis.hmget(
    keys.session(shard, sessionId),
    ...FIELDS,
  );
  const state = (status ?? '') as SessionStatus | '';
  if ((state !== 'live' && state !== 'closing') || !incarnation || !options) {
    return { stored: null, incarnation: incarnation ?? '' };
  }
  const stored = {
    id: sessionId,
    incarnation,
    gatewayId: gatewayId ?? '',
    options: parseSessionOptions(options),
    mark: mark ? (JSON.parse(mark) as Mark) : null,
    attempts: attempts ?? '',
  };
  return { stored, userId: userId ?? '', createdAtMs: Number(created) };
}
