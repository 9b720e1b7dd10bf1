import { expect, test } from 'vitest';
import { InterimBudget } from './interim-budget.js';

test('rests after what was spent, so that it keeps to its share', () => {
  const quarter = new InterimBudget(0.25);
  expect(quarter.nextAt).toBe(0);
  quarter.spent(1_000, 1_100);
  expect(quarter.nextAt).toBe(1_400);
  const all = new InterimBudget(1);
  all.spent(1_000, 1_100);
  expect(all.nextAt).toBe(1_100);
});
