import type { ReceivedEvent, SessionRecord } from '../load/session-record.js';
import { type Findings, NO_FINDINGS } from './findings.js';

/** A session as `GET /api/v1/session/:id` shows it, as far as it is compared. */
export interface StoredSession {
  readonly status: string;
  readonly final_text: string | null;
  readonly duration: number;
  readonly chunk_count: number;
  readonly lost_chunk_count: number;
  readonly segment_count: number;
  /** Null until its end is stored in PostgreSQL. */
  readonly completed_at: string | null;
  readonly chunks: readonly {
    readonly seq: number;
    readonly segment_index: number | null;
    readonly first_chunk_index: number | null;
    readonly chunk_index: number | null;
    readonly text: string | null;
    readonly start: number | null;
    readonly end: number | null;
  }[];
}

/** The same as history shows it. */
export interface HistoryRecord {
  readonly session_id: string;
  readonly text: string;
  readonly duration: number;
  readonly chunk_count: number;
  readonly status: string;
}

/**
 * Judges what is stored of a session against what its client got: the same events in the same order, the same text.
 * Sessions that failed are judged elsewhere.
 *
 * @param history all records of this session; there must be one
 */
export function judgeStored(
  record: SessionRecord,
  stored: StoredSession | null,
  history: readonly HistoryRecord[],
): Findings {
  const final = record.events.find((event) => event.type === 'final_result');
  if (final === undefined) return NO_FINDINGS;
  const got = record.events.filter((event) => event.type === 'chunk_result');
  const [entry, ...others] = history;
  const faults = [
    ...(stored === null ? ['the session is not stored'] : sessionFaults(stored, final, got)),
    ...(entry === undefined ? ['the session is not in history'] : historyFaults(entry, final)),
    ...(others.length > 0 ? [`history has it ${history.length} times`] : []),
  ];
  return {
    ...NO_FINDINGS,
    mismatched: faults.length,
    problems: faults.map((fault) => `${record.id}: ${fault}`),
  };
}

function sessionFaults(stored: StoredSession, final: ReceivedEvent, got: readonly ReceivedEvent[]): string[] {
  const shown = stored.chunks.map((chunk) =>
    line(
      chunk.seq,
      chunk.segment_index,
      chunk.first_chunk_index,
      chunk.chunk_index,
      chunk.start,
      chunk.end,
      chunk.text,
    ),
  );
  const seen = got.map((event) =>
    line(
      event.seq,
      event.segmentIndex,
      event.firstChunkIndex,
      event.chunkIndex,
      event.start,
      event.end,
      event.text,
    ),
  );
  const differs = shown.findIndex((text, position) => text !== seen[position]);
  return [
    shown.length !== seen.length && `${shown.length} events are stored, and the client got ${seen.length}`,
    differs >= 0 && `stored event ${differs}: ${shown[differs]} instead of ${seen[differs]}`,
    stored.final_text !== final.text && 'the stored text is not what the client got',
    stored.duration !== final.duration && `stored with ${stored.duration} s instead of ${final.duration}`,
    stored.chunk_count !== final.chunkCount && `stored with ${stored.chunk_count} chunks`,
    stored.segment_count !== got.length && `stored with ${stored.segment_count} segments`,
    stored.lost_chunk_count !== 0 && `stored with ${stored.lost_chunk_count} lost chunks`,
    stored.status !== 'completed' && `stored as ${stored.status}`,
    stored.completed_at === null && 'its end is not stored',
  ].filter((fault) => fault !== false);
}

function historyFaults(entry: HistoryRecord, final: ReceivedEvent): string[] {
  return [
    entry.text !== final.text && 'the text in history is not what the client got',
    entry.duration !== final.duration && `history says ${entry.duration} s`,
    entry.chunk_count !== final.chunkCount && `history says ${entry.chunk_count} chunks`,
    entry.status !== 'completed' && `history says ${entry.status}`,
  ].filter((fault) => fault !== false);
}

function line(...fields: readonly (string | number | null | undefined)[]): string {
  return fields.join(' ');
}
