import { FATAL_CODES } from '../errors.js';
import type { ErrorMessage } from '../wire.js';
import { attach, clamp, pump } from './attach.js';
import { unsent } from './finalizes.js';
import { end, leave } from './leave.js';
import type { SessionState } from './state.js';
import { type Moment, note, type Step } from './step.js';

/** The wait where an error that will pass says nothing of how long that takes. */
const DEFAULT_WAIT_MS = 1_000;

/** An `error` without `seq`: an answer to something that we sent. */
export function onError(state: SessionState, error: ErrorMessage, moment: Moment): Step {
  const { code, message } = error;
  const aboutAttaching = state.phase === 'attaching' && error.chunk_index === undefined;

  // Audio sent again behind a `finish` that was taken before the connection broke: all was heard.
  if (code === 'session_closed' && state.finishEverSent && !aboutAttaching) {
    return [{ ...state, closedByFinish: true }, []];
  }
  if (FATAL_CODES.has(code)) return end(state, { code, message });
  if (aboutAttaching) return refused(state, error, moment);
  // What was sent before the `resume` that is under way will be sent again anyway.
  if (state.phase === 'attaching') return [state, []];
  // The socket is about to be closed for it; nothing was refused.
  if (code === 'idle_timeout') return [state, [note({ type: 'warning', code, message })]];
  return pause(state, error, moment);
}

/** `start` or `resume` cannot be served now. Jitter keeps those that were told the same from coming together. */
function refused(state: SessionState, error: ErrorMessage, moment: Moment): Step {
  const asked = error.retry_after_ms;
  const waitMs = asked === undefined ? undefined : Math.round(asked * (1 + moment.random / 2));
  const [next, effects] = leave(state, moment, 'leave', `error ${error.code}: ${error.message}`, waitMs);
  return error.code === 'overloaded' && next.phase === 'waiting'
    ? [next, [note({ type: 'overloaded', waitMs: next.dueMs - moment.nowMs }), ...effects]]
    : [next, effects];
}

/** A chunk, `finalize` or `finish` was not taken: stop, and later send it and all behind it again. */
function pause(state: SessionState, error: ErrorMessage, moment: Moment): Step {
  const waitMs = error.retry_after_ms ?? DEFAULT_WAIT_MS;
  const refusedIndex = error.chunk_index ?? state.ackedThrough + 1;
  const sendNext = clamp(Math.min(refusedIndex, state.sendNext), state.keptFrom, state.nextIndex);
  const dueMs = Math.max(state.phase === 'paused' ? state.dueMs : 0, moment.nowMs + waitMs);
  return [
    {
      ...state,
      phase: 'paused',
      sendNext,
      dueMs,
      finalizes: unsent(state.finalizes),
      finishSent: false,
    },
    [note({ type: 'slowed', chunkIndex: sendNext, waitMs })],
  ];
}

/** The pause is over. Frames that were refused had taken up numbers: a `resume` puts them back. */
export function unpause(state: SessionState): Step {
  if (state.settings.binary || state.rewound) return attach(state, state.sendNext);
  return pump({
    ...state,
    phase: 'streaming',
    ackedThrough: Math.min(state.ackedThrough, state.sendNext - 1),
  });
}
