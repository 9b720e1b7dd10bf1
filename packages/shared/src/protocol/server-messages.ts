import type { ErrorCode } from './errors.js';
import { ERRORS } from './errors.js';

/** One recognised word with its place in the session, in seconds. */
export interface Word {
  word: string;
  start: number;
  end: number;
  confidence?: number;
}

export interface StartedAck {
  type: 'ack';
  status: 'session_started';
  session_id: string;
  resume_token: string;
}

export interface ReceivedAck {
  type: 'ack';
  status: 'received';
  session_id: string;
  chunk_index: number;
  committed_through: number;
}

export interface ResumedAck {
  type: 'ack';
  status: 'session_resumed';
  session_id: string;
  next_chunk_index: number;
  committed_through: number;
}

/** Answer to `keepalive`. */
export interface AliveAck {
  type: 'ack';
  status: 'alive';
}

export interface PartialResult {
  type: 'partial_result';
  session_id: string;
  segment_index: number;
  /** Whose text it is, from 0; where channels are recognised separately, as in all messages. */
  channel?: number;
  text: string;
}

/** Speech has begun, at so many seconds of the session's audio. */
export interface SpeechStarted {
  type: 'speech_started';
  session_id: string;
  channel?: number;
  start: number;
}

/** The speaker has paused, or the segment was ended; its text is on the way. */
export interface UtteranceEnd {
  type: 'utterance_end';
  session_id: string;
  channel?: number;
  end: number;
}

/** What a worker knows of a finished segment; `type` and `seq` are added when it is committed. */
export interface SegmentBody {
  session_id: string;
  /** Last chunk of the segment. */
  chunk_index: number;
  first_chunk_index: number;
  segment_index: number;
  channel?: number;
  text: string;
  /** Seconds from the session's first sample. */
  start: number;
  end: number;
  confidence?: number;
  words?: Word[];
  /** The client has ended this segment by `finalize`. */
  finalized?: true;
}

export interface ChunkResult extends SegmentBody {
  type: 'chunk_result';
  seq: number;
}

/** All that was said on one channel. */
export interface ChannelText {
  channel: number;
  text: string;
}

export interface FinalResult {
  type: 'final_result';
  session_id: string;
  seq: number;
  /** Of all segments, in the order of their results. */
  text: string;
  /** What was said on each channel, where they were recognised separately. */
  channels?: ChannelText[];
  /** Seconds of audio. */
  duration: number;
  chunk_count: number;
  status: 'completed' | 'abandoned';
}

export interface ErrorMessage {
  type: 'error';
  code: ErrorCode;
  message: string;
  session_id?: string;
  chunk_index?: number;
  retry_after_ms?: number;
  seq?: number;
  /** Whose segment could not be recognised, where channels are recognised separately. */
  channel?: number;
}

export interface Rewind {
  type: 'rewind';
  session_id: string;
  next_chunk_index: number;
}

export interface Reconnect {
  type: 'reconnect';
  reason: string;
  within_ms: number;
}

export type ServerMessage =
  | StartedAck
  | ReceivedAck
  | ResumedAck
  | AliveAck
  | PartialResult
  | SpeechStarted
  | UtteranceEnd
  | ChunkResult
  | FinalResult
  | ErrorMessage
  | Rewind
  | Reconnect;

/** An `error` message with the table's text, `detail` added where it helps. */
export function errorMessage(
  code: ErrorCode,
  fields: Omit<ErrorMessage, 'type' | 'code' | 'message'> & { detail?: string } = {},
): ErrorMessage {
  const { detail, ...rest } = fields;
  const text = ERRORS[code].message;
  return { type: 'error', code, message: detail === undefined ? text : `${text}: ${detail}`, ...rest };
}
