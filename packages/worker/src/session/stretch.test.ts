import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FixedEndpointer } from '../audio/fixed-endpointer.js';
import { Stretch } from './stretch.js';

test('views are the samples asked for, whatever the pieces, and none of them is empty', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { maxLength: 5 })),
      fc.nat({ max: 60 }),
      fc.option(fc.nat({ max: 60 }), { nil: undefined }),
      (pieces, from, until) => {
        const stretch = new Stretch(0, new FixedEndpointer(1_000));
        for (const piece of pieces) stretch.push(Int16Array.from(piece));
        const views = [...stretch.views(from, until)];
        expect(views.flatMap((view) => [...view])).toEqual(pieces.flat().slice(from, until));
        expect(views.every((view) => view.length > 0)).toBe(true);
      },
    ),
  );
});

test('a piece that is wanted as a whole is given as it is', () => {
  const stretch = new Stretch(0, new FixedEndpointer(1_000));
  const pieces = [Int16Array.of(1, 2), Int16Array.of(3), Int16Array.of(4, 5)];
  for (const piece of pieces) stretch.push(piece);
  expect([...stretch.views(3)]).toEqual([pieces[2]]);
  expect([...stretch.views(3)][0]).toBe(pieces[2]);
});
