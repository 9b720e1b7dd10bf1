import fc from 'fast-check';
import { expect, it } from 'vitest';
import { coverage } from './coverage.js';

/** How often each sample is covered, counted one by one. */
function counted(ranges: readonly { start: number; end: number }[], total: number, perChunk: number) {
  const lost = new Set<number>();
  const doubled = new Set<number>();
  for (let sample = 0; sample < total; sample++) {
    const times = ranges.filter(({ start, end }) => sample >= start && sample < end).length;
    if (times === 0) lost.add(Math.floor(sample / perChunk));
    if (times > 1) doubled.add(Math.floor(sample / perChunk));
  }
  return { lost, doubled };
}

it('finds the same as counting sample by sample', () => {
  const range = fc.tuple(fc.nat(40), fc.nat(20)).map(([start, length]) => ({ start, end: start + length }));
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 8 }),
      fc.nat(40),
      fc.integer({ min: 1, max: 7 }),
      (ranges, total, per) => {
        const { lost, doubled } = coverage(ranges, total, per);
        expect({ lost: [...lost].sort(), doubled: [...doubled].sort() }).toEqual({
          lost: [...counted(ranges, total, per).lost].sort(),
          doubled: [...counted(ranges, total, per).doubled].sort(),
        });
      },
    ),
    { numRuns: 2_000 },
  );
});

it('counts what is covered behind the end', () => {
  expect(coverage([{ start: 0, end: 12 }], 10, 5).beyond).toBe(2);
  expect(coverage([{ start: 0, end: 10 }], 10, 5).beyond).toBe(0);
});
