import { joinText } from '@tributary/shared';
import type { Session, SessionChunk } from '../schemas.js';

/** What is known of a session beside its chunks. */
export interface SessionFacts
  extends Pick<
    Session,
    | 'id'
    | 'user_id'
    | 'status'
    | 'language'
    | 'chunk_count'
    | 'lost_chunk_count'
    | 'segment_count'
    | 'final_text'
    | 'duration'
  > {
  createdAt: Date;
  completedAt: Date | null;
}

/** A session with more segments and failures than this is shown without the later ones. */
export const MAX_CHUNKS = 10_000;

/** A session as clients see it, be it live or stored. */
export function sessionView(facts: SessionFacts, chunks: readonly SessionChunk[]): Session {
  const { createdAt, completedAt, ...rest } = facts;
  const shown = chunks.slice(0, MAX_CHUNKS);
  return {
    ...rest,
    ...byChunkIndex(shown),
    created_at: createdAt.toISOString(),
    completed_at: completedAt?.toISOString() ?? null,
    chunks: shown,
    truncated: shown.length < chunks.length,
  };
}

/** Segments that end in the same chunk share its entry; one of them that was recognised makes it complete. */
function byChunkIndex(chunks: readonly SessionChunk[]): Pick<Session, 'results' | 'completed'> {
  const results: Record<string, string> = {};
  const completed: Record<string, boolean> = {};
  for (const { chunk_index: index, text } of chunks) {
    if (index === null) continue;
    completed[index] = text !== null || completed[index] === true;
    if (text === null) continue;
    const earlier = results[index] ?? '';
    results[index] = joinText([earlier, text]);
  }
  return { results, completed };
}
