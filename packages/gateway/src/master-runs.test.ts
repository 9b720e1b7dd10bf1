import { expect, it } from 'vitest';
import { MasterRuns } from './master-runs.js';

it('a master is news once, and again when it comes back after another one', () => {
  const runs = new MasterRuns();
  const look = (...runIds: string[]): boolean[] => {
    const news = runIds.map((runId) => runs.noted(runId));
    runs.onlyThese(runIds);
    return news;
  };
  expect(look('a')).toEqual([true]);
  expect(look('a')).toEqual([false]);
  expect(look('b')).toEqual([true]);
  expect(runs.has('a')).toBe(false);
  expect(look('a')).toEqual([true]);
  expect(runs.has('a')).toBe(true);
  // One of several masters of a cluster.
  expect(look('a', 'c')).toEqual([false, true]);
  expect(look('a', 'd')).toEqual([false, true]);
  expect(look('a', 'c')).toEqual([false, true]);
});

it('a master that does not answer stays what it was', () => {
  const runs = new MasterRuns();
  runs.onlyThese(['a', 'b']);
  expect(runs.noted('c')).toBe(true);
  expect(['a', 'b', 'c'].map((runId) => runs.has(runId))).toEqual([true, true, true]);
});
