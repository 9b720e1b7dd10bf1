import { CLOSE_CODES } from '@tributary/shared';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CLOSE_LABELS, closeLabel } from './close-label.js';

test('our own codes are told apart', () => {
  for (const code of Object.values(CLOSE_CODES)) expect(closeLabel(code)).toBe(String(code));
});

test('whatever clients send makes no new label', () => {
  fc.assert(fc.property(fc.integer(), (code) => CLOSE_LABELS.includes(closeLabel(code))));
});
