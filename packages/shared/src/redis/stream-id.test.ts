import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareIds, FIRST_ID, nextId } from './stream-id.js';

const number = fc.oneof(
  fc.nat(20),
  fc.nat(1_000_000),
  fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_050 }),
);
const id = fc.tuple(number, number);

it('ids are in the order of their numbers', () => {
  fc.assert(
    fc.property(id, id, ([aMs, aSeq], [bMs, bSeq]) => {
      const order = Math.sign(aMs - bMs || aSeq - bSeq);
      expect(Math.sign(compareIds(`${aMs}-${aSeq}`, `${bMs}-${bSeq}`))).toBe(order);
    }),
  );
});

it('nothing lies between an id and the next', () => {
  fc.assert(
    fc.property(id, ([ms, seq]) => {
      expect(compareIds(`${ms}-${seq}`, nextId(`${ms}-${seq}`))).toBeLessThan(0);
      expect(nextId(`${ms}-${seq}`)).toBe(`${ms}-${seq + 1}`);
    }),
  );
  expect(compareIds(FIRST_ID, '1700000000000-0')).toBeLessThan(0);
});
