import type { SegmentMeta } from '../log/result-entries.js';
import { cleanJson, cleanText } from './clean-text.js';
import type { EventRow } from './store-rows.js';
import type { EventKind } from './tables.js';

/** A row of `asr_chunks` as parameters; `words` is JSON. */
export interface EventColumns {
  session_id: string;
  incarnation: string;
  seq: number;
  kind: EventKind;
  segment_index: number | null;
  channel: number | null;
  first_chunk_index: number | null;
  last_chunk_index: number | null;
  text: string | null;
  start_seconds: number | null;
  end_seconds: number | null;
  confidence: number | null;
  words: string | null;
  audio_bytes: number | null;
  queue_ms: number | null;
  decode_ms: number | null;
  worker: string | null;
  error: string | null;
  error_message: string | null;
  mark: string | null;
  event: string;
}

/** Types of these columns, in the order in which they are written. */
export const EVENT_TYPES: Readonly<Record<keyof EventColumns, string>> = {
  session_id: 'text',
  incarnation: 'text',
  seq: 'bigint',
  kind: 'text',
  segment_index: 'bigint',
  channel: 'smallint',
  first_chunk_index: 'bigint',
  last_chunk_index: 'bigint',
  text: 'text',
  start_seconds: 'double precision',
  end_seconds: 'double precision',
  confidence: 'double precision',
  words: 'jsonb',
  audio_bytes: 'bigint',
  queue_ms: 'double precision',
  decode_ms: 'double precision',
  worker: 'text',
  error: 'text',
  error_message: 'text',
  mark: 'text',
  event: 'text',
};

export function eventColumns(row: EventRow): EventColumns {
  const columns: EventColumns = {
    session_id: row.sessionId,
    incarnation: row.incarnation,
    seq: row.seq,
    kind: 'final_result',
    segment_index: null,
    channel: null,
    first_chunk_index: null,
    last_chunk_index: null,
    text: null,
    start_seconds: null,
    end_seconds: null,
    confidence: null,
    words: null,
    ...metaColumns(row.kind === 'end' ? null : row.meta),
    error: null,
    error_message: null,
    event: cleanText(row.event),
  };
  if (row.kind === 'end') return columns;
  columns.segment_index = row.body.segment_index ?? null;
  columns.channel = row.body.channel ?? null;
  columns.first_chunk_index = row.body.first_chunk_index ?? null;
  columns.last_chunk_index = row.body.chunk_index ?? null;
  if (row.kind === 'error') {
    columns.kind = 'error';
    columns.error = row.body.code;
    columns.error_message = cleanText(row.body.message);
    return columns;
  }
  columns.kind = 'chunk_result';
  columns.text = cleanText(row.body.text);
  columns.start_seconds = row.body.start;
  columns.end_seconds = row.body.end;
  columns.confidence = row.body.confidence ?? null;
  columns.words = row.body.words === undefined ? null : cleanJson(row.body.words);
  return columns;
}

function metaColumns(meta: SegmentMeta | null) {
  return {
    audio_bytes: meta?.audioBytes ?? null,
    queue_ms: meta?.queueMs ?? null,
    decode_ms: meta?.decodeMs ?? null,
    worker: meta?.workerId ?? null,
    mark: meta === null ? null : cleanText(meta.mark),
  };
}
