import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isoTime } from './iso-time.js';

test('it says the same as a Date', () => {
  const years = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
  fc.assert(
    fc.property(fc.date({ ...years, noInvalidDate: true }), (date) => {
      const iso = date.toISOString();
      // PostgreSQL leaves zeros at the end of the fraction out.
      const text = iso.replace('T', ' ').replace(/\.?0*Z$/, '+00');
      expect(isoTime(text)).toBe(iso);
    }),
  );
});

test.each([
  ['2026-01-02 03:04:05+00', '2026-01-02T03:04:05.000Z'],
  ['2026-01-02 03:04:05.6+00', '2026-01-02T03:04:05.600Z'],
  ['2026-01-02 03:04:05.067+00', '2026-01-02T03:04:05.067Z'],
  ['2026-01-02 03:04:05.067+08', '2026-01-01T19:04:05.067Z'],
])('%s', (text, iso) => {
  expect(isoTime(text)).toBe(iso);
});

test('what is no time is an error', () => {
  expect(() => isoTime('infinity')).toThrow(RangeError);
});
