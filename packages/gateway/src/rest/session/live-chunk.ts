import type { ChunkResult, FinalResult } from '@tributary/shared';
import type { ErrorBody } from '@tributary/shared/store';
import type { SessionChunk } from '../schemas.js';

/** What stands in the events of a session. */
export type SessionEvent = ChunkResult | FinalResult | (ErrorBody & { type: 'error'; seq: number });

/** A segment or failure as the API shows it; null for the final result. */
export function liveChunk(event: SessionEvent): SessionChunk | null {
  switch (event.type) {
    case 'final_result':
      return null;
    case 'error':
      return {
        seq: event.seq,
        segment_index: event.segment_index ?? null,
        channel: event.channel ?? null,
        first_chunk_index: event.first_chunk_index ?? null,
        chunk_index: event.chunk_index ?? null,
        text: null,
        start: null,
        end: null,
        confidence: null,
        words: null,
        error: { code: event.code, error: event.message },
      };
    case 'chunk_result':
      return {
        seq: event.seq,
        segment_index: event.segment_index,
        channel: event.channel ?? null,
        first_chunk_index: event.first_chunk_index,
        chunk_index: event.chunk_index,
        text: event.text,
        start: event.start,
        end: event.end,
        confidence: event.confidence ?? null,
        words: event.words ?? null,
        error: null,
      };
  }
}
