import type { ControlMessage, ServerMessage, SessionEvent } from '../wire.js';
import type { SessionState } from './state.js';

/** What happens to a session. */
export type Input =
  /** A timer rang, or might have. */
  | { type: 'tick' }
  | { type: 'opened' }
  | { type: 'closed'; code: number; reason: string }
  | { type: 'message'; message: ServerMessage }
  /** The application's next chunk was taken into the buffer. */
  | { type: 'audio' }
  /** The segment is to end behind the last chunk that was taken into the buffer. */
  | { type: 'finalize' }
  | { type: 'finish' }
  | { type: 'close' };

export interface Failure {
  code: string;
  message: string;
}

/** Things worth counting or telling, which need nobody to act. */
export type Note =
  | { type: 'connected'; address: number }
  | { type: 'disconnected'; address: number; reason: string; retryInMs: number }
  | { type: 'started' }
  | { type: 'resumed'; nextChunkIndex: number }
  | { type: 'rewound'; nextChunkIndex: number }
  | { type: 'slowed'; chunkIndex: number; waitMs: number }
  | { type: 'overloaded'; waitMs: number }
  | { type: 'moving'; reason: string; inMs: number }
  | { type: 'repeated'; seq: number }
  | { type: 'warning'; code: string; message: string };

/** What is to be done, in order. */
export type Effect =
  | { type: 'connect'; address: number }
  /** Close the socket and hear nothing from it any more. */
  | { type: 'disconnect'; dead: boolean }
  | { type: 'send'; message: ControlMessage }
  /** Send the kept chunks from `from` up to but not including `to`. */
  | { type: 'send-audio'; from: number; to: number }
  /** Chunks through this one are not needed any more. */
  | { type: 'drop'; through: number }
  | { type: 'deliver'; event: SessionEvent }
  | { type: 'acked'; chunkIndex: number; committedThrough: number }
  | { type: 'note'; note: Note }
  /** The last effect there is. Null: the final result was delivered. */
  | { type: 'end'; failure: Failure | null };

/** The moment at which something happens: a clock that never goes back, and a number in [0, 1) for jitter. */
export interface Moment {
  nowMs: number;
  random: number;
}

export type Step = readonly [SessionState, readonly Effect[]];

export function note(value: Note): Effect {
  return { type: 'note', note: value };
}

/** Does `next` with the state that `first` led to; the effects of both, in order. */
export function andThen(first: Step, next: (state: SessionState) => Step): Step {
  const [state, effects] = next(first[0]);
  return [state, [...first[1], ...effects]];
}
