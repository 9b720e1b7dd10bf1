import type { EndBody, FinalResult, ResultEntry } from '@tributary/shared';
import type { FinalText } from './final-text.js';

/**
 * What the client is sent for a segment or an error: the worker's body with type and `seq` in front, so that its text is
 * never parsed or written a second time on its way.
 */
export function eventJson(entry: ResultEntry): string {
  const type = entry.kind === 'error' ? 'error' : 'chunk_result';
  return `{"type":"${type}","seq":${entry.seq},${entry.body.slice(1)}`;
}

/** The last event of a session. */
export function finalJson(entry: ResultEntry, end: EndBody, { text, channels }: FinalText): string {
  const message: FinalResult = {
    type: 'final_result',
    session_id: entry.sessionId,
    seq: entry.seq,
    text,
    ...(channels === null ? {} : { channels }),
    duration: end.duration,
    chunk_count: end.chunk_count,
    status: end.status,
  };
  return JSON.stringify(message);
}
