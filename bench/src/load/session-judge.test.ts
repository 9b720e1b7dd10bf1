import type { ChunkResult, FinalResult } from '@tributary/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Complaint } from './complaint.js';
import { NoiseLoop } from './noise.js';
import { SessionJudge, segmentText } from './session-judge.js';

const CHUNKS = 23;
const SAMPLES_PER_CHUNK = 1_600;
const speech = new NoiseLoop(1).utterance(7, CHUNKS * SAMPLES_PER_CHUNK);
const session = { session_id: 's', incarnation: '' };

function segment(k: number, changes: Partial<ChunkResult> = {}): ChunkResult {
  const to = Math.min((k + 1) * 16_000, CHUNKS * SAMPLES_PER_CHUNK);
  return {
    type: 'chunk_result',
    ...session,
    seq: k + 1,
    segment_index: k,
    first_chunk_index: k * 10,
    chunk_index: Math.min(k * 10 + 9, CHUNKS - 1),
    text: k * 16_000 < to ? segmentText(speech, k * 16_000, to) : '00000000',
    start: k,
    end: to / 16_000,
    ...changes,
  };
}

const all = [0, 1, 2].map((k) => segment(k));
const final: FinalResult = {
  type: 'final_result',
  session_id: 's',
  seq: 4,
  text: all.map(({ text }) => text).join(' '),
  duration: 2.3,
  chunk_count: CHUNKS,
  status: 'completed',
};

function judge(results: readonly ChunkResult[], end: FinalResult = final, exact = true): string[] {
  const it = new SessionJudge(speech, SAMPLES_PER_CHUNK, exact);
  const wrong: Complaint[] = [];
  for (const result of results) wrong.push(...it.result(result, CHUNKS, true));
  wrong.push(...it.final(end, CHUNKS));
  return wrong.map(({ kind }) => kind);
}

describe('a transcript', () => {
  it('that is right has nothing wrong', () => {
    expect(judge(all)).toEqual([]);
    expect(judge(all, final, false)).toEqual([]);
  });

  it.each([
    ['a lost segment', [all[0], all[2]], 'out_of_order'],
    ['a lost last segment', [all[0], all[1]], 'out_of_order'],
    ['a doubled segment', [all[0], all[1], all[1], all[2]], 'doubled'],
    ['two segments in the wrong order', [all[1], all[0], all[2]], 'out_of_order'],
    ['a changed text', [all[0], segment(1, { text: '00000000' }), all[2]], 'wrong_text'],
    ['a neighbour’s text', [all[0], segment(1, { text: segment(2).text }), all[2]], 'wrong_text'],
    ['a wrong place', [all[0], segment(1, { chunk_index: 20 }), all[2]], 'wrong_place'],
    ['a wrong time', [all[0], segment(1, { end: 2.5 }), all[2]], 'wrong_place'],
    ['one segment too many', [...all, segment(3)], 'extra'],
  ])('with %s is noticed', (_, results, kind) => {
    expect(judge(results as ChunkResult[])).toContain(kind);
  });

  it.each([
    { text: `${final.text}x` },
    { duration: 2.4 },
    { chunk_count: 22 },
    { status: 'abandoned' as const },
  ])('with a final result of %o is noticed', (changes) => {
    expect(judge(all, { ...final, ...changes })).toEqual(['wrong_final']);
  });

  it('must not come before its audio', () => {
    const it = new SessionJudge(speech, SAMPLES_PER_CHUNK, true);
    expect(it.result(all[0] as ChunkResult, 9, false).map(({ kind }) => kind)).toEqual(['extra']);
  });
});

describe('committed_through', () => {
  it('covers no more than the segments that came, and never goes back', () => {
    const it = new SessionJudge(speech, SAMPLES_PER_CHUNK, true);
    expect(it.committed(-1, 12)).toEqual([]);
    expect(it.committed(9, 12)).toHaveLength(1);
    it.result(all[0] as ChunkResult, 12, false);
    expect(it.committed(9, 12)).toEqual([]);
    expect(it.committed(8, 12)).toHaveLength(1);
  });
});

it('no two sessions say the same in the same second', () => {
  const loop = new NoiseLoop(3);
  fc.assert(
    fc.property(fc.nat(2_000_000), fc.nat(2_000_000), fc.nat(3_600), (a, b, k) => {
      fc.pre(a % 976_501 !== b % 976_501);
      const text = (n: number): string => segmentText(loop.utterance(n, 1e9), k * 16_000, (k + 1) * 16_000);
      expect(text(a)).not.toBe(text(b));
    }),
    { numRuns: 30 },
  );
});
