import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatText } from './format-text.js';
import { joinText } from './join-text.js';

test.each([
  ['hello  world\n', 'hello world'],
  ['  ', ''],
  ['你 好 世 界', '你好世界'],
  ['我 用 iPhone 手 机', '我用iPhone手机'],
  ['こんにちは 。 元気', 'こんにちは。元気'],
  ['한국어 문장', '한국어 문장'],
  ['สวัสดี ครับ', 'สวัสดี ครับ'],
  ['<|zh|><|NEUTRAL|><|Speech|><|withitn|>你好。', '你好。'],
  ['▁hello▁wor ld', 'hello wor ld'],
  ['one <unk> two', 'one two'],
  ['a < b and b > c', 'a < b and b > c'],
  ['NASA', 'NASA'],
  ['cafe\u0301', 'café'],
])('%j becomes %j', (text, formatted) => {
  expect(formatText(text, { language: null })).toBe(formatted);
});

test.each([
  ['en', "I THINK I'LL GO AND I'M SURE", "I think I'll go and I'm sure"],
  [null, 'SKI AND I', 'ski and I'],
  ['zh-CN', '昨天 是 MONDAY I AM HERE', '昨天是monday I am here'],
  ['de', 'I WO', 'i wo'],
  ['tr', 'ISPARTA İL', 'ısparta il'],
  ['not a language', 'HI', 'hi'],
])('capitals only, language %j: %j becomes %j', (language, text, formatted) => {
  expect(formatText(text, { language, upperCase: true })).toBe(formatted);
});

const piece = fc.oneof(
  fc.constantFrom(
    '你',
    '好',
    '界',
    'の',
    '。',
    'A',
    'I',
    "I'm",
    'word',
    '<unk>',
    '<|en|>',
    '▁',
    '한',
    'ก',
    'é',
    'i',
  ),
  fc.constantFrom(' ', '  ', '\t', '\n', '\u0000', '\u00a0'),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
);
const anyText = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
const style = fc.record({
  language: fc.constantFrom(null, 'en', 'zh', 'tr', 'ja-JP', 'x'),
  upperCase: fc.boolean(),
});

test('what is formatted stays as it is', () => {
  fc.assert(
    fc.property(anyText, style, (text, how) => {
      const formatted = formatText(text, how);
      expect(formatText(formatted, how)).toBe(formatted);
    }),
    { numRuns: 2_000 },
  );
});

test('spaces are single, inside, and never beside Chinese or Japanese characters', () => {
  fc.assert(
    fc.property(anyText, style, (text, how) => {
      expect(formatText(text, how)).not.toMatch(/^\s|\s$|\s\s|[\u4e00-\u9fff] | [\u4e00-\u9fff]|\p{Cc}/u);
    }),
    { numRuns: 2_000 },
  );
});

test('no word is lost, changed or glued to another', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-zé]{1,8}$/)),
      fc.constantFrom(' ', '\n', ' <unk> '),
      (words, gap) => {
        const formatted = formatText(words.join(gap), { language: 'en' });
        expect(formatted.split(' ').filter(Boolean)).toEqual(words);
      },
    ),
  );
});

test('joined segments look as if they had been one', () => {
  const word = fc.constantFrom('你好', '世界', 'hello', 'world', 'の');
  fc.assert(
    fc.property(fc.array(fc.array(word, { minLength: 1, maxLength: 4 }), { maxLength: 4 }), (segments) => {
      const format = (words: string[]) => formatText(words.join(' '), { language: 'zh' });
      expect(joinText(segments.map(format))).toBe(format(segments.flat()));
    }),
  );
});
