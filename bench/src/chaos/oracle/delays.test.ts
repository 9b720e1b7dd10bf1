import { expect, it } from 'vitest';
import { deliveries, finalWaitMs, longestPauseMs, median, recoveries } from './delays.js';
import { goodRecord } from './testing/good-record.js';

const fault = (atMs: number) => ({ name: 'kill -9', target: 'worker-1', atMs });

it('a segment is due when its last chunk was said, the last one at the finish', () => {
  const record = { ...goodRecord('a', 25), finishedAtMs: 2_700 };
  expect(deliveries(record).map(({ dueMs }) => dueMs)).toEqual([1_000, 2_000, 2_700]);
  expect(longestPauseMs(deliveries(goodRecord('a', 25)))).toBe(20);
  expect(finalWaitMs(record)).toBe(-160);
});

it('a pause counts from the fault, or from when the text was due', () => {
  const late = [
    { dueMs: 1_000, atMs: 1_020 },
    { dueMs: 2_000, atMs: 5_000 },
    { dueMs: 3_000, atMs: 5_000 },
    { dueMs: 4_000, atMs: 5_000 },
    { dueMs: 5_000, atMs: 5_020 },
  ];
  expect(longestPauseMs(late)).toBe(3_000);
  expect(recoveries(late, [fault(1_500)])).toEqual({ allMs: [3_000], byFaultMs: [3_000], singleMs: [3_000] });
  expect(recoveries(late, [fault(2_400)]).allMs).toEqual([2_600]);
  expect(recoveries(late, [fault(5_500)])).toEqual({ allMs: [], byFaultMs: [0], singleMs: [] });
});

it('a pause with two faults in it is no measure of either', () => {
  const late = [
    { dueMs: 1_000, atMs: 6_000 },
    { dueMs: 2_000, atMs: 6_000 },
  ];
  const { allMs, singleMs } = recoveries(late, [fault(500), fault(3_000)]);
  expect(allMs).toEqual([5_000, 3_000]);
  expect(singleMs).toEqual([]);
});

it('the median of some values', () => {
  expect([median([]), median([3]), median([9, 1, 5])]).toEqual([0, 3, 5]);
});
