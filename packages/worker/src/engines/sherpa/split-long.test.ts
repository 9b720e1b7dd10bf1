import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitLong } from './split-long.js';

const SECOND = 16_000;

test('cuts in the quietest place of the last two seconds that fit', () => {
  const pcm = new Int16Array(12 * SECOND).fill(3_000).fill(2, 7.5 * SECOND, 7.7 * SECOND);
  const [first, second] = splitLong(pcm, 9 * SECOND);
  expect(first!.length).toBeGreaterThan(7.5 * SECOND);
  expect(first!.length).toBeLessThan(7.7 * SECOND);
  expect(first!.length + second!.length).toBe(pcm.length);
});

test('keeps every sample in order, in pieces that fit', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 4_000, max: 40_000 }),
      (levels, maxSamples) => {
        const pcm = Int16Array.from(
          { length: levels.length * 3_000 },
          (_, i) => levels[Math.floor(i / 3_000)]!,
        );
        const pieces = splitLong(pcm, maxSamples);
        for (const piece of pieces) {
          expect(piece.length).toBeGreaterThan(0);
          expect(piece.length).toBeLessThanOrEqual(maxSamples);
        }
        expect(Int16Array.from(pieces.flatMap((piece) => [...piece]))).toEqual(pcm);
      },
    ),
    { numRuns: 25 },
  );
});
