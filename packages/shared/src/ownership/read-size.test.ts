import { expect, it } from 'vitest';
import { ReadSize } from './read-size.js';

const STREAMS = 64;
const READ_BYTES = 8 * 1_048_576;
const entriesOf = (bytes: number) => [
  { id: '1-0', fields: ['h', '', 'd', 'x'.repeat(bytes)].map(Buffer.from) },
];

it('large entries of one stream are not forgotten over those of the others in the same read', () => {
  const size = new ReadSize(READ_BYTES);
  expect(size.next(STREAMS)).toBe(32);
  size.learn(entriesOf(1_048_576));
  for (let stream = 1; stream < STREAMS; stream++) size.learn(entriesOf(3_200));
  expect(size.next(STREAMS)).toBe(1);
});

it('they are forgotten slowly once reads bring small ones, and not while they bring nothing', () => {
  const size = new ReadSize(READ_BYTES);
  size.learn(entriesOf(1_048_576));
  for (let read = 0; read < 100; read++) expect(size.next(STREAMS)).toBe(1);
  const counts = Array.from({ length: 60 }, () => {
    for (let stream = 0; stream < STREAMS; stream++) size.learn(entriesOf(3_200));
    return size.next(STREAMS);
  });
  expect(counts.slice(0, 10).every((count) => count === 1)).toBe(true);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(counts.at(-1)).toBe(40);
});
