/**
 * The messages of `/ws/asr` as this client uses them. A test compares them with the server's own tables;
 * they are repeated here so that the package needs nothing but itself in a browser.
 */

/** Headerless audio, described. Anything with a header is `auto`. */
export interface RawFormat {
  encoding: 's16le' | 'f32le' | 'mulaw' | 'alaw';
  /** Hz */
  sample_rate: number;
  channels: number;
}

export interface StartMessage {
  action: 'start';
  session_id: string;
  resume_token: string;
  user_id?: string;
  mode?: 'auto' | 'segments' | 'stream';
  format?: 'auto' | RawFormat;
  channels?: 'mix' | 'separate';
  language?: string;
  model?: string;
  hot_words?: string[];
  interim_results?: boolean;
  interim_interval_ms?: number;
  speech_events?: boolean;
  endpointing?: number;
  max_segment_seconds?: number;
  words?: boolean;
  gap_ms?: number;
  /** W3C Trace Context: the trace that the session is to be part of. */
  traceparent?: string;
}

export interface ChunkMessage {
  action: 'chunk';
  session_id: string;
  chunk_index: number;
  /** base64 */
  audio_data: string;
}

/** So long nothing was said; counts as a chunk. */
export interface SilenceMessage {
  action: 'silence';
  session_id: string;
  /** Left out where chunks are binary frames, which are counted. */
  chunk_index?: number;
  ms: number;
}

/** The segment ends behind this chunk. */
export interface FinalizeMessage {
  action: 'finalize';
  session_id: string;
  chunk_index: number;
}

export interface FinishMessage {
  action: 'finish';
  session_id: string;
}

export interface ResumeMessage {
  action: 'resume';
  session_id: string;
  resume_token: string;
  last_seq: number;
  /** Index of the next binary frame on this socket. */
  next_chunk_index: number;
  traceparent?: string;
}

export type ControlMessage = StartMessage | FinalizeMessage | FinishMessage | ResumeMessage;

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
  /** The chunk; for binary frames, it and all before it. */
  chunk_index: number;
  /** The last chunk that need not be kept any more; -1 when there is none. */
  committed_through: number;
}

export interface ResumedAck {
  type: 'ack';
  status: 'session_resumed';
  session_id: string;
  next_chunk_index: number;
  committed_through: number;
}

/** Answer to `keepalive`, which this client does not send. */
export interface AliveAck {
  type: 'ack';
  status: 'alive';
}

export interface Word {
  word: string;
  /** Seconds from the session's first sample, as all times here. */
  start: number;
  end: number;
  confidence?: number;
}

/** An interim text, which may still change. Carries no `seq` and is not repeated after a reconnect. */
export interface PartialResult {
  type: 'partial_result';
  session_id: string;
  segment_index: number;
  /** Whose text it is, from 0; where channels are recognised separately, as in all messages. */
  channel?: number;
  text: string;
}

/** Speech has begun; only when asked for, and live only, as interim text is. */
export interface SpeechStarted {
  type: 'speech_started';
  session_id: string;
  channel?: number;
  start: number;
}

/** The speaker has paused; only when asked for, and live only. */
export interface UtteranceEnd {
  type: 'utterance_end';
  session_id: string;
  channel?: number;
  end: number;
}

/** The text of a finished segment. */
export interface ChunkResult {
  type: 'chunk_result';
  session_id: string;
  seq: number;
  /** Last chunk of the segment. */
  chunk_index: number;
  first_chunk_index: number;
  segment_index: number;
  channel?: number;
  text: string;
  start: number;
  end: number;
  confidence?: number;
  words?: Word[];
  /** The segment was ended by `finalize`. */
  finalized?: true;
}

/** All that was said on one channel. */
export interface ChannelText {
  channel: number;
  text: string;
}

/** The whole text; the last event of a session. */
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
  /** `abandoned` when the server ended the session because its client stayed away. */
  status?: 'completed' | 'abandoned';
}

export interface ErrorMessage {
  type: 'error';
  code: string;
  message: string;
  session_id?: string;
  chunk_index?: number;
  retry_after_ms?: number;
  seq?: number;
  /** Whose segment could not be recognised, where channels are recognised separately. */
  channel?: number;
  /** It stands for the result of a segment that was ended by `finalize`. */
  finalized?: true;
}

/** An error that is part of what the client is owed, such as a segment that could not be recognised. */
export type SegmentError = ErrorMessage & { seq: number };

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

/** Told while it happens: may be skipped, and is not repeated after a reconnect. */
export type LiveEvent = PartialResult | SpeechStarted | UtteranceEnd;

/** Told once and in the order of `seq`. */
export type SequencedEvent = ChunkResult | SegmentError | FinalResult;

/** What an application gets to see. */
export type SessionEvent = LiveEvent | SequencedEvent;
