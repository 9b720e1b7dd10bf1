import { expect, it } from 'vitest';
import type { SessionRecord } from '../load/session-record.js';
import { type HistoryRecord, judgeStored, type StoredSession } from './judge-stored.js';
import { goodRecord } from './testing/good-record.js';

const record = goodRecord('a', 25);
const final = record.events.at(-1)!;

const stored: StoredSession = {
  status: 'completed',
  final_text: final.text,
  duration: 2.5,
  chunk_count: 25,
  lost_chunk_count: 0,
  segment_count: 3,
  completed_at: '2026-01-01T00:00:00.000Z',
  chunks: record.events.slice(0, -1).map((event) => ({
    seq: event.seq,
    segment_index: event.segmentIndex ?? null,
    first_chunk_index: event.firstChunkIndex ?? null,
    chunk_index: event.chunkIndex ?? null,
    text: event.text,
    start: event.start ?? null,
    end: event.end ?? null,
  })),
};
const entry: HistoryRecord = {
  session_id: 'a',
  text: final.text,
  duration: 2.5,
  chunk_count: 25,
  status: 'completed',
};
const wrong = (session: StoredSession | null, history: readonly HistoryRecord[] = [entry]): number =>
  judgeStored(record, session, history).mismatched;

it('what is stored as the client got it is clean', () => {
  expect(judgeStored(record, stored, [entry]).problems).toEqual([]);
});

it('notices what is missing', () => {
  expect(wrong(null)).toBe(1);
  expect(wrong(stored, [])).toBe(1);
  expect(wrong({ ...stored, completed_at: null })).toBe(1);
  expect(wrong({ ...stored, chunks: stored.chunks.slice(0, 2) })).toBe(1);
});

it('notices what is there twice', () => {
  expect(wrong(stored, [entry, entry])).toBe(1);
  expect(wrong({ ...stored, chunks: [...stored.chunks, stored.chunks[2]!] })).toBeGreaterThan(0);
});

it('notices every change', () => {
  const [first, ...rest] = stored.chunks;
  for (const fields of [{ text: 'x' }, { seq: 9 }, { start: 0.1 }, { end: 0.9 }, { segment_index: 4 }]) {
    expect(wrong({ ...stored, chunks: [{ ...first!, ...fields }, ...rest] })).toBe(1);
  }
  expect(wrong({ ...stored, chunks: [...rest, first!] })).toBe(1);
  for (const fields of [
    { status: 'active' },
    { final_text: 'x' },
    { duration: 2 },
    { chunk_count: 24 },
    { segment_count: 2 },
    { lost_chunk_count: 1 },
  ]) {
    expect(wrong({ ...stored, ...fields })).toBe(1);
  }
  for (const fields of [{ text: 'x' }, { duration: 2 }, { chunk_count: 24 }, { status: 'abandoned' }]) {
    expect(wrong(stored, [{ ...entry, ...fields }])).toBe(1);
  }
});

it('a session without a final result is not compared here', () => {
  const failed: SessionRecord = { ...record, events: record.events.slice(0, 1), failure: 'x' };
  expect(judgeStored(failed, null, []).mismatched).toBe(0);
});
