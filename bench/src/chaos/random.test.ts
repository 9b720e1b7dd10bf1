import { expect, it } from 'vitest';
import { Random, seedOf } from './random.js';
import { SAMPLES_PER_CHUNK, speech, speechChunk } from './speech.js';

it('the same parts give the same numbers, others give others', () => {
  const draw = (...parts: (string | number)[]): number[] => {
    const random = new Random(...parts);
    return Array.from({ length: 5 }, () => random.integer(0, 1_000_000));
  };
  expect(draw(1, 'a')).toEqual(draw(1, 'a'));
  expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
  expect(seedOf('ab', 'c')).not.toBe(seedOf('a', 'bc'));
});

it('numbers are spread evenly, and a shuffle loses nothing', () => {
  const random = new Random(3);
  const counts = [0, 0, 0, 0];
  for (let n = 0; n < 4_000; n++) counts[random.integer(0, 3)]!++;
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  expect(random.shuffle([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
});

it('any range of the speech is the same as that part of the whole', () => {
  const whole = speech(9, 0, 4 * SAMPLES_PER_CHUNK);
  expect(speech(9, 1_234, 3_456)).toEqual(whole.slice(1_234, 3_456));
  const chunk = speechChunk(9, 2);
  expect(new Int16Array(chunk.buffer)).toEqual(whole.slice(2 * SAMPLES_PER_CHUNK, 3 * SAMPLES_PER_CHUNK));
  expect(speech(10, 0, 100)).not.toEqual(speech(9, 0, 100));
});
