import { attach, pump } from './attach.js';
import { wantFinalize } from './finalizes.js';
import { end, leave, socketClosed } from './leave.js';
import { onMessage } from './messages.js';
import { unpause } from './refusals.js';
import type { Phase, SessionState } from './state.js';
import { type Input, type Moment, note, type Step } from './step.js';
import { silentAtMs, watchOwed } from './wake.js';

type Handler<T extends Input['type']> = (
  state: SessionState,
  input: Extract<Input, { type: T }>,
  moment: Moment,
) => Step;
type Row = { [T in Input['type']]: Handler<T> };

const ignore = (state: SessionState): Step => [state, []];
const buffer = (state: SessionState): Step => [{ ...state, nextIndex: state.nextIndex + 1 }, []];
const wantFinish = (state: SessionState): Step => [{ ...state, finishWanted: true }, []];
const finalizeLater = (state: SessionState): Step => [wantFinalize(state), []];
const close = (state: SessionState): Step =>
  end(state, { code: 'closed', message: 'the session was closed before its end' });
const lose: Handler<'closed'> = (state, { code, reason }, moment) =>
  socketClosed(state, moment, code, reason);
const hear: Handler<'message'> = (state, { message }, moment) => onMessage(state, message, moment);

const connectWhenDue: Handler<'tick'> = (state, _, { nowMs }) => {
  if (nowMs < state.dueMs) return [state, []];
  const dueMs = nowMs + state.settings.connectTimeoutMs;
  return [{ ...state, phase: 'connecting', dueMs }, [{ type: 'connect', address: state.address }]];
};

const opened: Handler<'opened'> = (state, _, { nowMs }) => {
  const [next, effects] = attach({ ...state, heardMs: nowMs }, state.keptFrom);
  return [next, [note({ type: 'connected', address: state.address }), ...effects]];
};

const stillConnecting: Handler<'tick'> = (state, _, moment) =>
  moment.nowMs < state.dueMs ? [state, []] : leave(state, moment, 'dead', 'it took too long to connect');

const stillAttached: Handler<'tick'> = (state, _, moment) => {
  if (state.moveAtMs !== null && moment.nowMs >= state.moveAtMs) {
    return leave(state, moment, 'leave', 'the gateway is draining', 0);
  }
  if (moment.nowMs >= silentAtMs(state)) return leave(state, moment, 'dead', 'the connection went silent');
  return state.phase === 'paused' && moment.nowMs >= state.dueMs ? unpause(state) : [state, []];
};

const attached: Row = {
  tick: stillAttached,
  opened: ignore,
  closed: lose,
  message: hear,
  audio: (state) => pump(buffer(state)[0]),
  finalize: (state) => pump(wantFinalize(state)),
  finish: (state) => pump(wantFinish(state)[0]),
  close,
};

/** What each input does in each phase; complete, or it does not compile. */
const TABLE: { [P in Phase]: Row } = {
  waiting: {
    tick: connectWhenDue,
    opened: ignore,
    closed: ignore,
    message: ignore,
    audio: buffer,
    finalize: finalizeLater,
    finish: wantFinish,
    close,
  },
  connecting: {
    tick: stillConnecting,
    opened,
    closed: lose,
    message: ignore,
    audio: buffer,
    finalize: finalizeLater,
    finish: wantFinish,
    close,
  },
  attaching: attached,
  streaming: attached,
  paused: attached,
  ended: {
    tick: ignore,
    opened: ignore,
    closed: ignore,
    message: ignore,
    audio: ignore,
    finalize: ignore,
    finish: ignore,
    close: ignore,
  },
};

/**
 * The life of a session and its connections, without a socket or a clock: what `input` at this `moment`
 * makes of `state`, and what is to be done, in order. Never throws.
 */
export function transition(state: SessionState, input: Input, moment: Moment): Step {
  const handler = TABLE[state.phase][input.type] as Handler<Input['type']>;
  const [next, effects] = handler(state, input, moment);
  return [watchOwed(next, moment.nowMs), effects];
}
