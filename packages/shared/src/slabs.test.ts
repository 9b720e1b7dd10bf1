import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Slabs } from './slabs.js';

test('copies stay what they were, whatever is copied behind them, and lie aligned', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5_000), { maxLength: 60 }), (lengths) => {
      const slabs = new Slabs(16 * 1_024);
      const pieces = lengths.map((length, i) => new Uint8Array(length).fill(i + 1));
      const copies = pieces.map((piece) => slabs.copy(piece));
      copies.forEach((copy, i) => {
        expect(copy.equals(pieces[i] as Uint8Array)).toBe(true);
        expect(copy.byteOffset % 8).toBe(0);
      });
    }),
  );
});

test('one slab in so many is counted', () => {
  const slabs = new Slabs(4_096, 3);
  const counted = Array.from({ length: 7 }, () => slabs.take(4_096).buffer instanceof ArrayBuffer);
  expect(counted).toEqual([false, false, true, false, false, true, false]);
});

test('small pieces lie side by side in memory that V8 does not count, large ones alone in memory that it does', () => {
  const slabs = new Slabs(16 * 1_024);
  const [one, other, large] = [3_200, 4_096, 4_097].map((length) => slabs.take(length)) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  expect(one.buffer).toBe(other.buffer);
  expect(one.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(other.byteOffset).toBe(3_200);
  expect(large.buffer).toBeInstanceOf(ArrayBuffer);
  expect(large.buffer.byteLength).toBe(4_097);
  // The slab is full after two more.
  expect([4_096, 4_096, 4_096].map((length) => slabs.take(length).buffer === one.buffer)).toEqual([
    true,
    true,
    false,
  ]);
});
