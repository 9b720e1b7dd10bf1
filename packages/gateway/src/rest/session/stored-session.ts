import { ERRORS, type ErrorCode } from '@tributary/shared';
import type { StoredChunk, StoredSession } from '@tributary/shared/store';
import type { Session, SessionChunk } from '../schemas.js';
import { sessionView } from './session-view.js';

/** A session as PostgreSQL knows it, in the same shape as a live one. */
export function storedView({ session, chunks }: StoredSession): Session {
  return sessionView(
    {
      id: session.id,
      user_id: session.user_id,
      status: session.status,
      language: session.language,
      chunk_count: session.chunk_count,
      lost_chunk_count: session.lost_chunk_count,
      segment_count: session.segment_count,
      final_text: session.final_text,
      duration: session.audio_seconds,
      createdAt: session.created_at,
      completedAt: session.completed_at,
    },
    chunks.map(storedChunk),
  );
}

function storedChunk(chunk: StoredChunk): SessionChunk {
  return {
    seq: chunk.seq,
    segment_index: chunk.segment_index,
    channel: chunk.channel,
    first_chunk_index: chunk.first_chunk_index,
    chunk_index: chunk.last_chunk_index,
    text: chunk.text,
    start: chunk.start_seconds,
    end: chunk.end_seconds,
    confidence: chunk.confidence,
    words: chunk.words,
    error: chunk.error === null ? null : { code: errorCode(chunk.error), error: chunk.error_message ?? '' },
  };
}

/** A code that a later release has stored may be unknown to this one. */
function errorCode(code: string): ErrorCode {
  return code in ERRORS ? (code as ErrorCode) : 'internal';
}
