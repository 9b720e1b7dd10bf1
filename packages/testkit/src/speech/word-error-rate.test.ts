import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordErrorRate, wordErrors, words } from './word-error-rate.js';

const word = fc.constantFrom('he', 'was', 'not', 'an', 'ill', "didn't", '你好');
const sentence = fc.array(word, { maxLength: 12 });
const text = (list: readonly string[]): string => list.join(' ');

describe('wordErrorRate', () => {
  it('counts a replaced, a missing and an added word', () => {
    expect(wordErrors('he was not an ill man', 'he is not ill man too')).toEqual({ errors: 3, words: 6 });
    expect(wordErrorRate('one two three four', 'one two three')).toBe(0.25);
  });

  it('looks at neither case nor punctuation, and keeps apostrophes inside of words', () => {
    expect(words(" He DIDN’T, 'really' -- go... ")).toEqual(['he', "didn't", 'really', 'go']);
    expect(wordErrorRate('He was not.', 'he, was NOT')).toBe(0);
  });

  it('takes an empty reference as one word, so that the rate stays finite', () => {
    expect(wordErrorRate('', '')).toBe(0);
    expect(wordErrorRate('', 'two words')).toBe(2);
  });

  it('is 0 exactly for equal words', () => {
    fc.assert(
      fc.property(sentence, sentence, (a, b) => {
        expect(wordErrors(text(a), text(b)).errors === 0).toBe(text(a) === text(b));
      }),
    );
  });

  it('is a distance: symmetric, within bounds, and no detour is shorter', () => {
    fc.assert(
      fc.property(sentence, sentence, sentence, (a, b, c) => {
        const distance = (x: string[], y: string[]) => wordErrors(text(x), text(y)).errors;
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance(a, c)).toBeLessThanOrEqual(distance(a, b) + distance(b, c));
      }),
    );
  });
});
