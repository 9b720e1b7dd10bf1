import type { ReceivedAck, Rewind, SequencedEvent, ServerMessage } from '../wire.js';
import { attach, clamp, commit, onResumed, onStarted, pump } from './attach.js';
import { withoutAnswered } from './finalizes.js';
import { end, leave, progress } from './leave.js';
import { onError } from './refusals.js';
import type { SessionState } from './state.js';
import { andThen, type Moment, note, type Step } from './step.js';

/** Acts on one message of the server; only called while there is a socket. */
export function onMessage(state: SessionState, message: ServerMessage, moment: Moment): Step {
  const ours = state.settings.start.session_id;
  if ('session_id' in message && message.session_id !== undefined && message.session_id !== ours) {
    return [state, []];
  }
  const heard = { ...state, heardMs: moment.nowMs };
  switch (message.type) {
    case 'ack':
      return onAck(heard, message);
    case 'partial_result':
    case 'speech_started':
    case 'utterance_end':
      return [heard, [{ type: 'deliver', event: message }]];
    case 'chunk_result':
    case 'final_result':
      return onSequenced(heard, message, moment);
    case 'error': {
      const { seq } = message;
      if (seq !== undefined) return onSequenced(heard, { ...message, seq }, moment);
      return onError(heard, message, moment);
    }
    case 'rewind':
      return onRewind(heard, message);
    case 'reconnect': {
      const inMs = Math.round(message.within_ms * moment.random);
      const moveAtMs = Math.min(heard.moveAtMs ?? Number.POSITIVE_INFINITY, moment.nowMs + inMs);
      return [{ ...heard, moveAtMs }, [note({ type: 'moving', reason: String(message.reason), inMs })]];
    }
  }
}

function onAck(state: SessionState, ack: Extract<ServerMessage, { type: 'ack' }>): Step {
  switch (ack.status) {
    case 'session_started':
      if (state.phase !== 'attaching' || state.started) return [state, []];
      return andThen(onStarted(state, ack), pump);
    case 'session_resumed':
      if (state.phase !== 'attaching' || !state.started) return commit(state, ack.committed_through);
      return andThen(onResumed(state, ack), (next) =>
        next.rewound ? attach(next, next.sendNext) : pump(next),
      );
    case 'received':
      return onReceived(state, ack);
    case 'alive':
      return [state, []];
  }
}

function onReceived(state: SessionState, ack: ReceivedAck): Step {
  const ackedThrough = Math.max(state.ackedThrough, Math.min(ack.chunk_index, state.nextIndex - 1));
  const [next, effects] = commit({ ...progress(state), ackedThrough }, ack.committed_through);
  const acked = {
    type: 'acked',
    chunkIndex: ack.chunk_index,
    committedThrough: ack.committed_through,
  } as const;
  return [next, [acked, ...effects]];
}

/** Events of the numbered kind: each once and in order. A hole is filled by resuming from before it. */
function onSequenced(state: SessionState, event: SequencedEvent, moment: Moment): Step {
  if (event.seq <= state.lastSeq) return [state, [note({ type: 'repeated', seq: event.seq })]];
  if (event.seq > state.lastSeq + 1) {
    return leave(state, moment, 'leave', `event ${state.lastSeq + 1} is missing before ${event.seq}`);
  }
  const finalizes = withoutAnswered(state.finalizes, event);
  const next = { ...progress(state), lastSeq: event.seq, finalizes };
  const delivered: Step = [next, [{ type: 'deliver', event }]];
  return event.type === 'final_result' ? andThen(delivered, (next) => end(next, null)) : delivered;
}

/**
 * The server wants audio again. Answered by a `resume`, which numbers binary frames anew and, for JSON too,
 * parts what was on its way (a `finish`, say) from what comes now. One `resume` at a time, so that an answer cannot
 * be taken for that to another: in a pause, or while one is under way, it is noted and comes next.
 */
function onRewind(state: SessionState, { next_chunk_index }: Rewind): Step {
  const sendNext = clamp(Math.min(next_chunk_index, state.sendNext), state.keptFrom, state.nextIndex);
  const told = note({ type: 'rewound', nextChunkIndex: sendNext });
  if (state.phase !== 'streaming') return [{ ...state, sendNext, rewound: true }, [told]];
  return andThen([state, [told]], (next) => attach(next, sendNext));
}
