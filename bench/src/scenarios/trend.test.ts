import { expect, it } from 'vitest';
import { Random } from '../chaos/random.js';
import { trend } from './trend.js';

const noisy = (slope: number, seed: number) => {
  const random = new Random(seed);
  return Array.from({ length: 600 }, (_, x) => [x, 1_000 + slope * x + 20 * (random.next() - 0.5)] as const);
};

it('finds a slope, and is sure of it only when it is there', () => {
  const rising = trend(noisy(0.5, 1));
  expect(rising?.slope).toBeCloseTo(0.5, 1);
  expect(rising?.uncertainty).toBeLessThan(0.1);
  const flat = Array.from({ length: 40 }, (_, seed) => trend(noisy(0, seed)));
  const falseAlarms = flat.filter((t) => t !== null && Math.abs(t.slope) > t.uncertainty);
  expect(falseAlarms.length).toBeLessThan(8);
});

it('says nothing of too few points', () => {
  expect(trend([[1, 2]])).toBeNull();
});
