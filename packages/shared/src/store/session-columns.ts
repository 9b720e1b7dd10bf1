import { cleanText } from './clean-text.js';
import { type SessionChange, stampTimeMs } from './merge-rows.js';
import type { StoredStatus } from './tables.js';

/** What a batch says of a session, as parameters; times in Unix milliseconds. */
export interface SessionColumns {
  id: string;
  incarnation: string;
  begun: boolean;
  user_id: string;
  language: string | null;
  status: StoredStatus;
  final_text: string | null;
  chunk_count: number;
  segment_count: number;
  lost_chunk_count: number;
  audio_seconds: number;
  created_ms: number;
  completed_ms: number | null;
}

/** Types of these columns, in the order in which they are written. */
export const SESSION_TYPES: Readonly<Record<keyof SessionColumns, string>> = {
  id: 'text',
  incarnation: 'text',
  begun: 'boolean',
  user_id: 'text',
  language: 'text',
  status: 'text',
  final_text: 'text',
  chunk_count: 'bigint',
  segment_count: 'bigint',
  lost_chunk_count: 'bigint',
  audio_seconds: 'double precision',
  created_ms: 'double precision',
  completed_ms: 'double precision',
};

export function sessionColumns(change: SessionChange): SessionColumns {
  const { begin, end } = change;
  const language = begin?.body.language ?? null;
  return {
    id: change.sessionId,
    incarnation: change.incarnation,
    begun: begin !== null,
    user_id: begin === null ? '' : cleanText(begin.body.userId),
    language: language === null ? null : cleanText(language),
    status: end?.body.status ?? 'active',
    final_text: end === null ? null : cleanText(end.text),
    chunk_count: end?.body.chunk_count ?? change.chunkCount,
    segment_count: end?.body.segment_count ?? change.segmentCount,
    lost_chunk_count: end?.body.lost_chunk_count ?? 0,
    audio_seconds: end?.body.duration ?? change.audioSeconds,
    created_ms: begin?.body.createdAtMs ?? stampTimeMs(change),
    completed_ms: end?.completedAtMs ?? null,
  };
}
