import { Slabs } from '@tributary/shared';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64 } from './decode-base64.js';

const slabs = new Slabs(1_024);

test('what was encoded comes back, with and without padding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64');
      expect(decodeBase64(text, slabs)).toEqual(Buffer.from(bytes));
      expect(decodeBase64(text.replaceAll('=', ''), slabs)).toEqual(Buffer.from(bytes));
    }),
  );
});

test.each(['!!!!', 'AAA AAAA', 'A', 'AAAAA', 'AA==AAAA', 'ÄÖÜß', 'AAAA====', '{"a":1}'])(
  '%s is refused',
  (text) => {
    expect(decodeBase64(text, slabs)).toBeNull();
  },
);
