import fc from 'fast-check';
import { expect, test } from 'vitest';
import { moonshineTokens } from './moonshine-tokens.js';

/** `tokenizer.bin` of these tokens. */
function pack(tokens: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    tokens.flatMap((token) => {
      const length = token.length < 128 ? [token.length] : [128 + (token.length % 128), token.length >> 7];
      return [Buffer.from(length), token];
    }),
  );
}

test('says every token in base64, with its number', () => {
  const token = fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.uint8Array({ minLength: 120, maxLength: 400 }));
  fc.assert(
    fc.property(fc.array(token), (tokens) => {
      const lines = moonshineTokens(pack(tokens)).split('\n');
      expect(lines.pop()).toBe('');
      const said = lines.map((line) => line.split(' '));
      expect(said.map(([bytes]) => Buffer.from(bytes!, 'base64'))).toEqual(
        tokens.map((each) => Buffer.from(each)),
      );
      expect(said.map(([, number]) => Number(number))).toEqual(tokens.map((_, i) => i));
    }),
  );
});

test('refuses a file that ends inside of a token', () => {
  for (const cut of [Buffer.from([3, 1, 2]), Buffer.from([130]), Buffer.from([1, 65, 200, 1, 7])]) {
    expect(() => moonshineTokens(cut)).toThrow('ends inside of a token');
  }
});
