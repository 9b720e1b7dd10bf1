import { backoffMs } from '../backoff.js';
import type { SessionState } from './state.js';
import { type Effect, type Failure, type Moment, note, type Step } from './step.js';

/** Close codes in this range repeat for the same reason: no coming back. */
const REFUSED_FROM = 4000;
const REFUSED_BELOW = 4100;
/** RFC 6455: a message too big to process; sending it again would end in the same way. */
const TOO_BIG = 1009;

const hasSocket = (state: SessionState): boolean => state.phase !== 'waiting' && state.phase !== 'ended';

/** Ends the session; `failure` is null when it got all it was owed. */
export function end(state: SessionState, failure: Failure | null): Step {
  const effects: Effect[] = [];
  if (hasSocket(state)) effects.push({ type: 'disconnect', dead: false });
  effects.push({ type: 'end', failure });
  return [{ ...state, phase: 'ended', owedSinceMs: null, moveAtMs: null }, effects];
}

/** What happened to the socket: we leave it, we take it for dead, or it is closed already. */
type Manner = 'leave' | 'dead' | 'gone';

/**
 * Goes back to `waiting` for the next address. `waitMs` is how long; without it, the backoff decides.
 * A session that made no progress for `giveUpAfterMs` ends instead.
 */
export function leave(
  state: SessionState,
  moment: Moment,
  manner: Manner,
  reason: string,
  waitMs?: number,
): Step {
  const { settings, address } = state;
  const troubleSinceMs = state.troubleSinceMs ?? moment.nowMs;
  if (moment.nowMs - troubleSinceMs >= settings.giveUpAfterMs) {
    const message = `no gateway could be worked with for ${settings.giveUpAfterMs} ms; the last said: ${reason}`;
    return end(manner === 'gone' ? { ...state, phase: 'waiting' } : state, {
      code: 'connection_lost',
      message,
    });
  }
  const retryInMs = waitMs ?? backoffMs(settings.backoff, state.failures, moment.random);
  const effects: Effect[] = [];
  if (manner !== 'gone') effects.push({ type: 'disconnect', dead: manner === 'dead' });
  effects.push(note({ type: 'disconnected', address, reason, retryInMs }));
  return [
    {
      ...state,
      phase: 'waiting',
      dueMs: moment.nowMs + retryInMs,
      address: (address + 1) % settings.addressCount,
      failures: state.failures + 1,
      troubleSinceMs,
      moveAtMs: null,
    },
    effects,
  ];
}

/** The socket closed, or never opened. */
export function socketClosed(state: SessionState, moment: Moment, code: number, reason: string): Step {
  const text = reason === '' ? `close code ${code}` : `close code ${code}: ${reason}`;
  const gone: SessionState = { ...state, phase: 'waiting' };
  if (code >= REFUSED_FROM && code < REFUSED_BELOW) return end(gone, { code: 'refused', message: text });
  if (code === TOO_BIG) return end(gone, { code: 'chunk_too_large', message: text });
  return leave(state, moment, 'gone', text);
}

/** Something worked: the next trouble is a new one. */
export function progress(state: SessionState): SessionState {
  return { ...state, failures: 0, troubleSinceMs: null };
}
