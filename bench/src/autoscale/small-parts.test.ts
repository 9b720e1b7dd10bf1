import { describe, expect, test } from 'vitest';
import type { RoundRecord } from './controller.js';
import { follows } from './follow.js';
import { rampMs, sessionsAt } from './ramp.js';
import { percentile } from './timeline.js';
import { judge, type RunFacts } from './verdict.js';

test('the load grows, stays and goes back', () => {
  const ramp = { low: 20, high: 400, beforeMs: 1_000, upMs: 10_000, topMs: 5_000, downMs: 10_000 };
  expect([0, 1_000, 6_000, 11_000, 16_000, 21_000, 26_000, 99_000].map((at) => sessionsAt(ramp, at))).toEqual(
    [20, 20, 210, 400, 400, 210, 20, 20],
  );
  expect(rampMs(ramp)).toBe(26_000);
});

test('a percentile is a value that was seen', () => {
  expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3);
  expect(percentile([5, 1, 4, 2, 3], 0.99)).toBe(5);
  expect(percentile([], 0.99)).toBe(0);
});

describe('how quickly replicas follow', () => {
  const round = (atMs: number, recommended: number, ready: number): RoundRecord => ({
    atMs,
    role: 'worker',
    recommended,
    replicas: recommended,
    ready,
  });
  const samples = [
    { atMs: 0, ready: 2 },
    { atMs: 3_000, ready: 3 },
    { atMs: 9_000, ready: 5 },
  ];

  test('from the round that first called for them until they are ready', () => {
    const rounds = [round(1_000, 3, 2), round(2_000, 3, 2), round(4_000, 3, 3), round(5_000, 5, 3)];
    expect(follows(rounds, samples, 10)).toEqual([
      { atMs: 1_000, wanted: 3, tookMs: 2_000 },
      { atMs: 5_000, wanted: 5, tookMs: 4_000 },
    ]);
  });

  test('a call that nobody answered is not forgotten, one above the range is none', () => {
    expect(follows([round(1_000, 8, 2)], samples, 10)).toEqual([{ atMs: 1_000, wanted: 8, tookMs: null }]);
    expect(follows([round(1_000, 8, 2)], samples, 5)).toEqual([{ atMs: 1_000, wanted: 5, tookMs: 8_000 }]);
  });

  test('grown, shrunk and grown again counts twice', () => {
    const rounds = [round(1_000, 3, 2), round(4_000, 2, 3), round(5_000, 2, 2), round(6_000, 3, 2)];
    expect(follows(rounds, samples, 10).map(({ atMs }) => atMs)).toEqual([1_000, 6_000]);
  });
});

describe('the verdict', () => {
  const good: RunFacts = {
    completed: 500,
    failures: [],
    faults: [],
    results: 30_000,
    resultP99Ms: 400,
    syncPeriodMs: 2_500,
    roles: [
      {
        role: 'worker',
        minReplicas: 2,
        most: 6,
        last: 2,
        follows: [{ atMs: 0, wanted: 6, tookMs: 4_000 }],
        scales: true,
      },
    ],
  };
  const worker = good.roles[0]!;

  test.each([
    [[], 'never called for'],
    [[{ atMs: 0, wanted: 6, tookMs: null }], '1 times, at least once not at all'],
    [[{ atMs: 0, wanted: 6, tookMs: 812.4 }], '1 times, the slowest after 812 ms'],
  ])('says how replicas followed', (follows, seen) => {
    const checks = judge({ ...good, roles: [{ ...worker, follows }] });
    expect(checks.find(({ what }) => what.includes('follow'))?.seen).toBe(seen);
  });

  test('a good run passes', () => {
    expect(judge(good).every(({ passed }) => passed)).toBe(true);
  });

  test.each<[string, RunFacts]>([
    ['a session failed', { ...good, failures: ['segment 3 has a wrong text'] }],
    ['nobody spoke', { ...good, completed: 0 }],
    ['a process did not stop', { ...good, faults: ['gateway-3 ended with SIGKILL'] }],
    ['results were late', { ...good, resultP99Ms: 1_000 }],
    ['there were no results', { ...good, results: 0 }],
    ['nothing grew', { ...good, roles: [{ ...worker, most: 2 }] }],
    ['nothing shrank', { ...good, roles: [{ ...worker, last: 3 }] }],
    [
      'it grew too late',
      { ...good, roles: [{ ...worker, follows: [{ atMs: 0, wanted: 6, tookMs: 5_001 }] }] },
    ],
    ['it never grew', { ...good, roles: [{ ...worker, follows: [{ atMs: 0, wanted: 6, tookMs: null }] }] }],
  ])('fails when %s', (_, facts) => {
    expect(judge(facts).filter(({ passed }) => !passed)).toHaveLength(1);
  });
});
