import { createHash } from 'node:crypto';
import {
  type AttachAnswer,
  type AttachRequest,
  attachSession,
  compareStamps,
  type RedisClient,
  type Stamp,
  TributaryError,
} from '@tributary/shared';
import { nanoid } from 'nanoid';
import type { LiveSessionOptions } from './live-session-options.js';
import type { SessionHost } from './session-host.js';

/** Another gateway took the session over between our look at its epoch and our attach, this often in a row. */
const MAX_ATTEMPTS = 8;

/** What Redis keeps of a resume token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Who attaches, and whether it still does. */
export interface Attaching {
  /** The epoch of a session that is held already, '' for none: it gives way to a newer one, which another gateway has opened. */
  held: Stamp;
  /** Asked before another try: a client that has gone elsewhere meanwhile must not lose its session there. */
  wanted(): boolean;
}

/**
 * Starts or takes over a session. The attach id makes a repetition harmless, and naming the epoch that is replaced
 * keeps a delayed request from undoing a later one.
 *
 * @throws TributaryError `session_exists`, `unknown_session`, `invalid_resume_token`, `session_superseded` or `unavailable`.
 */
export async function attach(
  redis: RedisClient,
  shard: number,
  request: Omit<AttachRequest, 'attachId' | 'replaces'>,
  { held, wanted }: Attaching,
): Promise<AttachAnswer> {
  const attachId = nanoid(16);
  let replaces = held;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const answer = await attachSession(redis, shard, { attachId, replaces, ...request });
    switch (answer.outcome) {
      case 'ok':
        return answer;
      case 'exists':
        throw new TributaryError('session_exists');
      case 'unknown':
        throw new TributaryError('unknown_session');
      case 'token':
        throw new TributaryError('invalid_resume_token');
      case 'epoch':
        if (held !== '' && compareStamps(answer.epoch, held) > 0) {
          throw new TributaryError('session_superseded');
        }
        if (!wanted()) throw new TributaryError('unavailable', 'nobody waits for it any more');
        replaces = answer.epoch;
    }
  }
  throw new TributaryError('unavailable', 'the session keeps moving between gateways');
}

/** The same for a session on a socket of this gateway. */
export function attachLive(
  { redis, gatewayId, graceMs }: SessionHost,
  shard: number,
  { sessionId, token, userId, options }: LiveSessionOptions,
  what: Pick<AttachRequest, 'how' | 'restore'>,
  attaching: Attaching,
): Promise<AttachAnswer> {
  const request = { sessionId, gatewayId, tokenHash: hashToken(token), userId, options, graceMs, ...what };
  return attach(redis, shard, request, attaching);
}

/** Whoever had the session learns of it at its next refresh at the latest; until then it would acknowledge what counts no more. */
export function tellGatewayBefore(
  { gatewayId, publish }: SessionHost,
  sessionId: string,
  { gatewayBefore, epoch }: AttachAnswer,
): void {
  if (gatewayBefore === '' || gatewayBefore === gatewayId) return;
  publish(gatewayBefore, { kind: 'taken', sessionId, stamp: epoch, number: 0, json: '' });
}
