import fc from 'fast-check';
import { expect, it } from 'vitest';
import { highestGood, nextStep, type Step } from './bisect.js';

it('finds the limit to within the precision, in few steps', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 5_000 }), (limit, first) => {
      const steps: Step[] = [];
      for (;;) {
        const clients = nextStep(steps, first, 16_000, 0.05);
        if (clients === null) break;
        steps.push({ clients, good: clients <= limit });
        expect(steps.length).toBeLessThan(40);
      }
      const found = highestGood(steps);
      const reachable = Math.min(limit, 16_000);
      expect(found).toBeLessThanOrEqual(reachable);
      expect(reachable - found).toBeLessThanOrEqual(Math.max(1, found * 0.05));
    }),
  );
});
