import type { ResumedAck, StartedAck } from '../wire.js';
import { unsent } from './finalizes.js';
import { progress } from './leave.js';
import type { SessionState } from './state.js';
import { andThen, type Effect, note, type Step } from './step.js';

export const clamp = (value: number, low: number, high: number): number =>
  Math.max(low, Math.min(value, high));

/** Sends `start`, or `resume` when the server has answered a `start` before, and waits for the answer. */
export function attach(state: SessionState, from: number): Step {
  const { settings } = state;
  const sendNext = clamp(from, state.keptFrom, state.nextIndex);
  const next: SessionState = {
    ...state,
    phase: 'attaching',
    sendNext,
    ackedThrough: sendNext - 1,
    rewound: false,
    finalizes: unsent(state.finalizes),
    finishSent: false,
    closedByFinish: false,
  };
  if (!state.started) return [next, [{ type: 'send', message: settings.start }]];
  const { traceparent } = settings.start;
  return [
    next,
    [
      {
        type: 'send',
        message: {
          action: 'resume',
          session_id: settings.start.session_id,
          resume_token: state.resumeToken,
          last_seq: state.lastSeq,
          next_chunk_index: sendNext,
          ...(traceparent !== undefined && { traceparent }),
        },
      },
    ],
  ];
}

/** Sends what there is to send: kept chunks that this socket has not carried yet, each `finalize` behind its chunk, then `finish`. */
export function pump(state: SessionState): Step {
  if (state.phase !== 'streaming' || state.closedByFinish) return [state, []];
  const { nextIndex: to, settings } = state;
  const effects: Effect[] = [];
  let from = state.sendNext;
  for (const { index } of state.finalizes.filter(({ sent }) => !sent)) {
    if (from <= index) effects.push({ type: 'send-audio', from, to: index + 1 });
    from = Math.max(from, index + 1);
    effects.push({
      type: 'send',
      message: { action: 'finalize', session_id: settings.start.session_id, chunk_index: index },
    });
  }
  if (from < to) effects.push({ type: 'send-audio', from, to });
  const finish = state.finishWanted && !state.finishSent;
  if (finish) {
    effects.push({
      type: 'send',
      message: { action: 'finish', session_id: settings.start.session_id },
    });
  }
  const sent = {
    ...state,
    sendNext: to,
    finalizes: state.finalizes.map(({ index }) => ({ index, sent: true })),
    finishSent: state.finishSent || finish,
    finishEverSent: state.finishEverSent || finish,
  };
  return andThen([sent, effects], (next) => commit(next, next.committedThrough));
}

/**
 * Forgets what is committed. A binary frame is numbered by counting, so one that is still to be sent on
 * this socket is kept although it is committed: it goes out as a double, which changes nothing.
 */
export function commit(state: SessionState, committedThrough: number): Step {
  const through = Math.max(state.committedThrough, Math.min(committedThrough, state.nextIndex - 1));
  const keptFrom = Math.max(state.keptFrom, Math.min(through + 1, state.sendNext));
  const effects: Effect[] = keptFrom > state.keptFrom ? [{ type: 'drop', through: keptFrom - 1 }] : [];
  return [{ ...state, committedThrough: through, keptFrom }, effects];
}

/** Nothing to wait for: being attached is all the progress that this session could make. */
function settled(state: SessionState): SessionState {
  return state.nextIndex === state.sendNext && !state.finishWanted ? progress(state) : state;
}

/** The server took our `start`. No audio was sent before, so it begins with the first chunk. */
export function onStarted(state: SessionState, ack: StartedAck): Step {
  const next = { ...state, phase: 'streaming' as const, started: true, resumeToken: ack.resume_token };
  return [settled(next), [note({ type: 'started' })]];
}

/** The server took our `resume`. JSON chunks carry their index and so can skip what is committed. */
export function onResumed(state: SessionState, ack: ResumedAck): Step {
  const sendNext =
    state.settings.binary || state.rewound
      ? state.sendNext
      : clamp(ack.next_chunk_index, state.sendNext, state.nextIndex);
  const next = { ...state, phase: 'streaming' as const, sendNext, ackedThrough: sendNext - 1 };
  const [committed, effects] = commit(next, ack.committed_through);
  return [settled(committed), [note({ type: 'resumed', nextChunkIndex: sendNext }), ...effects]];
}
