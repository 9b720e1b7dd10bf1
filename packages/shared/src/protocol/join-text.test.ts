import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinText } from './join-text.js';

test.each([
  [['hello', 'world'], 'hello world'],
  [['你好', '世界'], '你好世界'],
  [['こんにちは。', '元気'], 'こんにちは。元気'],
  [['สวัสดี', 'ครับ'], 'สวัสดีครับ'],
  [['한국어', '문장'], '한국어 문장'],
  [['', ' a ', '', 'b'], 'a b'],
  [['𠮷野', '家'], '𠮷野家'],
  [[], ''],
])('%j becomes %j', (segments, text) => {
  expect(joinText(segments)).toBe(text);
});

test('no word is lost or glued to another', () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  fc.assert(
    fc.property(fc.array(fc.array(word, { maxLength: 5 })), (segments) => {
      expect(
        joinText(segments.map((words) => words.join(' ')))
          .split(' ')
          .filter(Boolean),
      ).toEqual(segments.flat());
    }),
  );
});
