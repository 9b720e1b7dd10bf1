import { expect, test } from 'vitest';
import type { SessionChunk } from '../schemas.js';
import { Session } from '../schemas.js';
import { liveView } from './live-session.js';
import { MAX_CHUNKS, type SessionFacts, sessionView } from './session-view.js';

const facts: SessionFacts = {
  id: 's',
  user_id: 'u',
  status: 'active',
  language: null,
  chunk_count: 3,
  lost_chunk_count: 0,
  segment_count: 2,
  final_text: null,
  duration: 1.5,
  createdAt: new Date(0),
  completedAt: null,
};

const chunk = (seq: number, index: number | null, text: string | null): SessionChunk => ({
  seq,
  segment_index: seq - 1,
  channel: null,
  first_chunk_index: index,
  chunk_index: index,
  text,
  start: 0,
  end: 1,
  confidence: null,
  words: null,
  error: text === null ? { code: 'recognition_failed', error: 'no' } : null,
});

test('results and completed are by the last chunk of a segment', () => {
  const view = sessionView(facts, [
    chunk(1, 0, 'one'),
    chunk(2, 4, null),
    chunk(3, 7, 'two'),
    chunk(4, 7, 'three'),
    chunk(5, 8, ''),
    chunk(6, null, null),
  ]);
  expect(Session.parse(view)).toEqual(view);
  expect(view.results).toEqual({ 0: 'one', 7: 'two three', 8: '' });
  expect(view.completed).toEqual({ 0: true, 4: false, 7: true, 8: true });
  expect(view.chunks).toHaveLength(6);
  expect(view).toMatchObject({
    truncated: false,
    created_at: '1970-01-01T00:00:00.000Z',
    completed_at: null,
  });
});

test('a failure in a chunk that was also recognised does not hide that', () => {
  const { completed } = sessionView(facts, [chunk(1, 0, 'one'), chunk(2, 0, null)]);
  expect(completed).toEqual({ 0: true });
});

test('what is too long for one answer is cut and says so', () => {
  const chunks = Array.from({ length: MAX_CHUNKS + 1 }, (_, i) => chunk(i + 1, i, 'x'));
  const view = sessionView(facts, chunks);
  expect(view.chunks).toHaveLength(MAX_CHUNKS);
  expect(view.truncated).toBe(true);
});

test('a session that has just begun is shown without a mark', () => {
  const hash = {
    status: 'live',
    incarnation: '1.a',
    user: '',
    createdMs: 0,
    options: {},
    mark: null,
  } as const;
  const view = liveView('s', hash, []);
  expect(Session.parse(view)).toEqual(view);
  expect(view).toMatchObject({
    status: 'active',
    chunk_count: 0,
    duration: 0,
    final_text: null,
    results: {},
  });
});
