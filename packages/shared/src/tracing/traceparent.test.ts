import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTraceparent, parseTraceparent } from './traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((text) => /[1-9a-f]/.test(text));

test('what is written can be read', () => {
  fc.assert(
    fc.property(hex(32), hex(16), (traceId, spanId) => {
      expect(parseTraceparent(formatTraceparent({ traceId, spanId }))).toEqual({
        traceId,
        spanId,
        sampled: true,
      });
    }),
  );
});

test.each([
  ['00', false],
  ['01', true],
  ['02', false],
  ['03', true],
])('flags %s: sampled is %s', (flags, sampled) => {
  expect(parseTraceparent(`00-${TRACE}-${SPAN}-${flags}`)?.sampled).toBe(sampled);
});

test('a later version may say more', () => {
  expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-comes`)?.traceId).toBe(TRACE);
});

test.each([
  '',
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  `cc-${TRACE}-${SPAN}-01.more`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE}-${SPAN}-1`,
  ` 00-${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-01\n`,
  `cc-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`,
])('%j is ignored', (text) => {
  expect(parseTraceparent(text)).toBeNull();
});

test('nothing that is read holds what entries and lines are separated by', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const parsed = parseTraceparent(text);
      if (parsed !== null) expect(formatTraceparent(parsed)).toMatch(/^[0-9a-f-]{55}$/);
    }),
  );
});
