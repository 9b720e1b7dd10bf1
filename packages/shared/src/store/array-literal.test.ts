import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrayLiteral } from './array-literal.js';

/** As PostgreSQL reads it (Arrays, "Array Input and Output Syntax"): what follows a backslash stands for itself. */
function unquoted(literal: string): string {
  return literal.slice(1, -1).replace(/\\([\s\S])/g, '$1');
}

test('any text is the same when it is read, and ends at its closing quote', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.oneof(fc.constantFrom('"', '\\', '\n', '\ud800', '{'), fc.string()) }),
      (text) => {
        const literal = arrayLiteral([text]).slice(1, -1);
        expect(unquoted(literal)).toBe(text);
        expect(literal.slice(1, -1).replace(/\\[\s\S]/g, '')).not.toContain('"');
      },
    ),
  );
});

test('what is no text stands without quotes', () => {
  expect(arrayLiteral([1, -2.5, true, null, 'null'])).toBe('{1,-2.5,true,NULL,"null"}');
});
