import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meanConfidence, wordsOfTokens } from './words-of-tokens.js';

test('joins sub-word tokens into words, with punctuation at the word before it', () => {
  const words = wordsOfTokens(
    { text: '', tokens: [' HE', ' WAS', ' AM', 'I', 'ABLE', '.'], timestamps: [0.1, 0.5, 1, 1.2, 1.4, 1.9] },
    3,
  );
  expect(words).toEqual([
    { word: 'HE', start: 0.1, end: 0.3 },
    { word: 'WAS', start: 0.5, end: 0.7 },
    { word: 'AMIABLE.', start: 1, end: 2.1 },
  ]);
});

test('takes each Chinese character as a word, beside English ones', () => {
  const tokens = ['你', '好', '\u2581hel', 'lo', '吗', '？'];
  const words = wordsOfTokens({ text: '', tokens, timestamps: [0, 0.2, 0.4, 0.6, 0.8, 1] }, 1);
  expect(words?.map(({ word }) => word)).toEqual(['你', '好', 'hello', '吗？']);
});

test("understands Paraformer's mark of a word that goes on", () => {
  const tokens = ['ti@@', 'me', '今', '天'];
  const words = wordsOfTokens({ text: '', tokens, timestamps: [0, 0.2, 0.4, 0.6] }, 1);
  expect(words?.map(({ word }) => word)).toEqual(['time', '今', '天']);
});

test('gives confidence where the recogniser gives probabilities, and no words without times', () => {
  const logs = [Math.log(0.9), Math.log(0.4)];
  const words = wordsOfTokens({ text: '', tokens: [' a', ' b'], timestamps: [0, 1], ys_probs: logs }, 2);
  expect(words?.map(({ confidence }) => confidence)).toEqual([0.9, 0.4]);
  expect(meanConfidence(words)).toBe(0.65);
  expect(wordsOfTokens({ text: 'a', tokens: [' a'], timestamps: [] }, 1)).toBeUndefined();
  expect(meanConfidence(undefined)).toBeUndefined();
});

test('keeps words in order and within the segment, whatever the recogniser says', () => {
  const token = fc.record({
    token: fc.constantFrom(' a', 'b', '.', '好', '\u2581c', 'd@@', '<unk>', ''),
    step: fc.double({ min: 0, max: 2, noNaN: true }),
    seconds: fc.double({ min: 0, max: 2, noNaN: true }),
    log: fc.double({ min: -20, max: 0.01, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(token, { maxLength: 20 }), fc.integer({ min: 0, max: 20 }), (list, endSeconds) => {
      let at = 0;
      const timestamps = list.map(({ step }) => {
        at += step;
        return at;
      });
      const words = wordsOfTokens(
        {
          text: '',
          tokens: list.map(({ token: text }) => text),
          timestamps,
          durations: list.map(({ seconds }) => seconds),
          ys_log_probs: list.map(({ log }) => log),
        },
        endSeconds,
      );
      let before = 0;
      for (const { start, end, confidence } of words ?? []) {
        expect(start).toBeGreaterThanOrEqual(before);
        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThanOrEqual(endSeconds);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
        before = start;
      }
    }),
  );
});
