import { expect, it } from 'vitest';
import { TrimPlan } from './trim-plan.js';

it('commits trim four times a second, to what is needed then', () => {
  let oldest = '5-0';
  const plan = new TrimPlan(() => oldest);
  expect(plan.withCommit(0)).toBe('5-0');
  oldest = '6-0';
  expect(plan.withCommit(249)).toBe('');
  expect(plan.withCommit(250)).toBe('6-0');
});

it('without commits a shard is trimmed every five seconds, where there is something to trim', () => {
  let oldest = '';
  const plan = new TrimPlan(() => oldest);
  expect(plan.apart(0)).toBe('');
  oldest = '5-0';
  expect(plan.apart(100)).toBe('5-0');
  oldest = '10-0';
  expect(plan.apart(5_100)).toBe('');
  expect(plan.apart(5_101)).toBe('10-0');
  expect(plan.apart(20_000)).toBe('');
  oldest = '10-1';
  expect(plan.apart(20_100)).toBe('10-1');
});
