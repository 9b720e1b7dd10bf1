import { expect, test } from 'vitest';
import { parseTranscription } from './transcription.js';

const asked = { samples: 32_000, language: 'en', words: true };

test('takes words from beside the text, or from the segments', () => {
  const word = { word: ' Hello', start: 0.5, end: 1 };
  const beside = parseTranscription(JSON.stringify({ text: ' Hello ', words: [word] }), asked);
  expect(beside).toEqual({ text: 'Hello', words: [{ word: 'Hello', start: 0.5, end: 1 }] });
  const probable = { ...word, probability: 0.25 };
  const within = { text: 'Hello', segments: [{ avg_logprob: -1, words: [probable] }, { avg_logprob: -3 }] };
  expect(parseTranscription(JSON.stringify(within), asked)).toEqual({
    text: 'Hello',
    confidence: 0.1353,
    words: [{ word: 'Hello', start: 0.5, end: 1, confidence: 0.25 }],
  });
});

test('times lie within the segment and in order, whatever the server says', () => {
  const words = [
    { word: 'a', start: -1, end: 9 },
    { word: 'b', start: 7, end: 1, probability: 3 },
  ];
  const parsed = parseTranscription(
    JSON.stringify({ text: 'a b', words, segments: [{ avg_logprob: 4 }] }),
    asked,
  );
  expect(parsed).toEqual({
    text: 'a b',
    confidence: 1,
    words: [
      { word: 'a', start: 0, end: 2 },
      { word: 'b', start: 2, end: 2, confidence: 1 },
    ],
  });
});

test('gives no words when none were asked for', () => {
  const body = JSON.stringify({ text: '<|zh|><|NEUTRAL|>你 好', words: [{ word: '你', start: 0, end: 1 }] });
  expect(parseTranscription(body, { ...asked, language: 'zh', words: false })).toEqual({ text: '你好' });
});

test.each(['', 'hello', '{}', '{"text":5}', '[]', 'null', '{"text":"a","words":[{}]}'])(
  '%j is none',
  (body) => {
    expect(parseTranscription(body, asked)).toBeNull();
  },
);
