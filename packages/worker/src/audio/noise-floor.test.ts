import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NoiseFloor } from './noise-floor.js';

it('is the level that a tenth of the last 300 frames lay below', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -96, max: 0 }), { minLength: 1, maxLength: 900 }), (levels) => {
      const floor = new NoiseFloor();
      for (const level of levels) floor.push(level);
      const window = levels.slice(-300).sort((a, b) => a - b);
      expect(floor.levelDb).toBe(window[Math.ceil(window.length * 0.1) - 1]);
    }),
  );
});
