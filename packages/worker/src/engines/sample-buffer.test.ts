import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SampleBuffer } from './sample-buffer.js';

test('gives back what was pushed, whatever the pieces', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 9 })),
      fc.nat(),
      fc.nat(),
      (pieces, a, b) => {
        const buffer = new SampleBuffer();
        for (const piece of pieces) buffer.push(Int16Array.from(piece));
        const all = pieces.flat();
        expect(buffer.length).toBe(all.length);
        const [from, to] = [a % (all.length + 1), b % (all.length + 1)].sort((x, y) => x - y) as [
          number,
          number,
        ];
        expect([...buffer.slice(from, to)]).toEqual(all.slice(from, to));
        expect([...buffer.views(to)].flatMap((view) => [...view])).toEqual(all.slice(0, to));
      },
    ),
  );
});

test('copies nothing that lies in one piece, and gives no more than there is', () => {
  const buffer = new SampleBuffer();
  const piece = Int16Array.of(1, 2, 3);
  buffer.push(piece);
  expect(buffer.slice(1, 3).buffer).toBe(piece.buffer);
  expect(() => buffer.slice(0, 4)).toThrow(RangeError);
  expect([...buffer.views(3)]).toEqual([piece]);
  expect(() => [...buffer.views(4)]).toThrow(RangeError);
});
