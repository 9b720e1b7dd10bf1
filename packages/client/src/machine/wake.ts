import type { SessionState } from './state.js';

/** What the server owes: an answer comes soon, a result when all before it is recognised. */
function owed(state: SessionState): 'answer' | 'result' | null {
  if (state.phase === 'attaching') return 'answer';
  if (state.phase !== 'streaming') return null;
  if (state.closedByFinish) return 'result';
  if (state.sendNext - 1 > state.ackedThrough) return 'answer';
  return state.finishSent || state.finalizes.length > 0 ? 'result' : null;
}

/** Keeps `owedSinceMs` true; done after every transition. */
export function watchOwed(state: SessionState, nowMs: number): SessionState {
  const owes = owed(state) !== null;
  if (owes === (state.owedSinceMs !== null)) return state;
  return { ...state, owedSinceMs: owes ? nowMs : null };
}

/** When the socket counts as dead unless something is heard before. */
export function silentAtMs(state: SessionState): number {
  const what = owed(state);
  if (what === null || state.owedSinceMs === null) return Number.POSITIVE_INFINITY;
  const { silenceMs, finalSilenceMs } = state.settings;
  return Math.max(state.heardMs, state.owedSinceMs) + (what === 'answer' ? silenceMs : finalSilenceMs);
}

/** When the next `tick` is needed; Infinity for none. A tick that comes early does nothing. */
export function wakeAtMs(state: SessionState): number {
  const moveAtMs = state.moveAtMs ?? Number.POSITIVE_INFINITY;
  switch (state.phase) {
    case 'waiting':
    case 'connecting':
      return state.dueMs;
    case 'attaching':
    case 'streaming':
      return Math.min(moveAtMs, silentAtMs(state));
    case 'paused':
      return Math.min(moveAtMs, state.dueMs);
    case 'ended':
      return Number.POSITIVE_INFINITY;
  }
}
