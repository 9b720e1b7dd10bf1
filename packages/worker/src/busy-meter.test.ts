import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BusyMeter } from './busy-meter.js';

const WINDOW = 60;

test('the ratio is the mean of the last samples', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 200 }), (shares) => {
      const meter = new BusyMeter();
      for (const share of shares) meter.sample(share);
      const last = shares.slice(-WINDOW);
      const mean = last.length === 0 ? 0 : last.reduce((sum, share) => sum + share, 0) / last.length;
      expect(meter.ratio).toBeCloseTo(mean, 9);
    }),
  );
});
