import type { BeginRow, DeletedRow, EndRow, ErrorRow, SegmentRow, SessionKey } from '@tributary/shared/store';

const FIRST_MS = Date.parse('2026-01-01T00:00:00Z');

/** The n-th session of a test; its incarnation is the time of its start in microseconds. */
export function sessionKey(n: number): SessionKey {
  return { sessionId: `session-${n}`, incarnation: `${(FIRST_MS + n) * 1_000}.tag` };
}

export function beginRow(key: SessionKey): BeginRow {
  const createdAtMs = Number.parseInt(key.incarnation, 10) / 1_000;
  return { ...key, kind: 'begin', body: { userId: `user of ${key.sessionId}`, language: 'en', createdAtMs } };
}

export function segmentRow(key: SessionKey, seq: number, text = `words ${seq}`): SegmentRow {
  const index = seq - 1;
  const body = {
    session_id: key.sessionId,
    chunk_index: index,
    first_chunk_index: index,
    segment_index: index,
    text,
    start: index * 1.5,
    end: seq * 1.5,
    confidence: 0.5,
    words: [{ word: text, start: index * 1.5, end: seq * 1.5 }],
  };
  const meta = {
    audioBytes: 48_000,
    queueMs: 1.5,
    decodeMs: 150,
    workerId: 'worker',
    mark: JSON.stringify({ segment: seq }),
  };
  const event = JSON.stringify({ type: 'chunk_result', seq, ...body });
  return { ...key, kind: 'segment', seq, body, meta, event };
}

export function errorRow(key: SessionKey, seq: number): ErrorRow {
  const body = { code: 'unsupported_audio', message: 'no such format', session_id: key.sessionId } as const;
  return {
    ...key,
    kind: 'error',
    seq,
    body,
    meta: null,
    event: JSON.stringify({ type: 'error', seq, ...body }),
  };
}

export function endRow(key: SessionKey, seq: number, text = 'all words'): EndRow {
  const body = {
    duration: 12.345,
    chunk_count: 9,
    lost_chunk_count: 1,
    segment_count: seq - 1,
    status: 'completed',
  } as const;
  const event = JSON.stringify({ type: 'final_result', seq, text, duration: 12.345, chunk_count: 9 });
  const completedAtMs = Number.parseInt(key.incarnation, 10) / 1_000 + 60_000;
  return { ...key, kind: 'end', seq, body, text, completedAtMs, event };
}

export function deletedRow(key: SessionKey): DeletedRow {
  return { ...key, kind: 'deleted' };
}
