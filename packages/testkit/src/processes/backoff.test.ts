import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffMs, countFailure } from './backoff.js';

const OPTIONS = { firstMs: 250, mostMs: 5_000, healthyMs: 30_000 };

it('doubles up to the most', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((n) => backoffMs(n, OPTIONS))).toEqual([
    250, 500, 1000, 2000, 4000, 5000, 5000,
  ]);
});

it('stays within its bounds for any number of failures', () => {
  fc.assert(
    fc.property(fc.nat(), (failures) => {
      const wait = backoffMs(failures, OPTIONS);
      expect(wait).toBeGreaterThanOrEqual(OPTIONS.firstMs);
      expect(wait).toBeLessThanOrEqual(OPTIONS.mostMs);
    }),
  );
});

it('begins anew after a healthy life', () => {
  expect(countFailure(4, 100, OPTIONS)).toBe(5);
  expect(countFailure(4, 30_000, OPTIONS)).toBe(1);
});
