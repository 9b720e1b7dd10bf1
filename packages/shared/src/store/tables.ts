import type { ColumnType, Generated } from 'kysely';
import type { Word } from '../protocol/server-messages.js';

/** `deleted` rows are tombstones: they hold no data and keep late writes from bringing a session back. */
export type StoredStatus = 'active' | 'completed' | 'abandoned';

/** Which message of the client protocol an event row holds. */
export type EventKind = 'chunk_result' | 'error' | 'final_result';

/** One incarnation of a session. Primary key `(id, incarnation)`. */
export interface SessionTable {
  id: string;
  /** `<number>.<tag>`, see `log/stamp.ts`. */
  incarnation: string;
  /** Whether the beginning was stored: until then user, language and creation are not known. */
  begun: Generated<boolean>;
  deleted: Generated<boolean>;
  user_id: Generated<string>;
  status: Generated<StoredStatus>;
  language: string | null;
  final_text: string | null;
  /** Counts and audio of an active session are those of the segments stored so far. */
  chunk_count: Generated<number>;
  segment_count: Generated<number>;
  lost_chunk_count: Generated<number>;
  audio_seconds: Generated<number>;
  /** Whole milliseconds, like every time here. Before the beginning is stored: the incarnation's. */
  created_at: ColumnType<Date, Date | string, Date | string>;
  completed_at: ColumnType<Date | null, Date | string | null, Date | string | null>;
}

/**
 * One event the client is owed: a segment, an error, or the final result. Primary key
 * `(session_id, incarnation, seq)`, since errors need not belong to a segment.
 */
export interface ChunkTable {
  session_id: string;
  incarnation: string;
  seq: number;
  kind: EventKind;
  segment_index: number | null;
  /** Null where channels were mixed. */
  channel: number | null;
  first_chunk_index: number | null;
  last_chunk_index: number | null;
  text: string | null;
  start_seconds: number | null;
  end_seconds: number | null;
  confidence: number | null;
  words: ColumnType<Word[] | null, string | null, string | null>;
  audio_bytes: number | null;
  queue_ms: number | null;
  decode_ms: number | null;
  worker: string | null;
  /** Code and text of a segment or stream that could not be recognised. */
  error: string | null;
  error_message: string | null;
  /** JSON of the mark that was committed with the event. */
  mark: string | null;
  /** JSON sent to the client. */
  event: string;
}

/** Sums over the other tables, kept by triggers and spread over slots so that writers do not queue for one row. */
export interface TotalsTable {
  slot: number;
  sessions: number;
  /** Milliseconds of audio of all sessions. */
  audio_ms: number;
  /** Milliseconds of audio, and microseconds of decoding, of the segments whose decoding was timed. */
  decoded_ms: number;
  decode_us: number;
}

export interface Tables {
  asr_sessions: SessionTable;
  asr_chunks: ChunkTable;
  asr_totals: TotalsTable;
}
