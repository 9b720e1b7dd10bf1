import { expect, test } from 'vitest';
import { Arrivals } from './arrivals.js';

test('the age of what is new is that of its samples, on average', () => {
  const arrivals = new Arrivals();
  expect(arrivals.takeAge(0, 50)).toBe(0);
  arrivals.add(100, 1_000);
  arrivals.add(400, 1_100);
  // 100 samples are 200 ms old, 100 of the next 300 are 100 ms old.
  expect(arrivals.takeAge(200, 1_200)).toBe(150);
  arrivals.add(500, 1_300);
  expect(arrivals.takeAge(500, 1_400)).toBeCloseTo((200 * 300 + 100 * 100) / 300);
  expect(arrivals.takeAge(500, 9_000)).toBe(0);
});
