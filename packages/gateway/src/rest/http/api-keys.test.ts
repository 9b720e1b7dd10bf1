import { expect, test } from 'vitest';
import { ApiKeys } from './api-keys.js';

const headers = (more: { authorization?: string; 'x-api-key'?: string } = {}) => ({
  authorization: '',
  'x-api-key': '',
  origin: '',
  ...more,
});

test.each([
  { authorization: 'Bearer second' },
  { authorization: 'bearer  second' },
  { 'x-api-key': 'first' },
  { 'x-api-key': 'first', authorization: 'Basic abc' },
])('%j opens', (shown) => {
  expect(() => new ApiKeys(['first', 'second']).check(headers(shown))).not.toThrow();
});

test.each([
  {},
  { authorization: 'first' },
  { authorization: 'Basic first' },
  { authorization: 'Bearer ' },
  { authorization: 'Bearer firs' },
  { authorization: 'Bearer first second' },
  { 'x-api-key': 'first,second' },
  { 'x-api-key': 'FIRST' },
])('%j does not open', (shown) => {
  expect(() => new ApiKeys(['first', 'second']).check(headers(shown))).toThrow(
    expect.objectContaining({ status: 401, code: 'unauthorized' }),
  );
});

test('without keys, or with empty ones only, everybody is let in', () => {
  expect(() => new ApiKeys(['']).check(headers())).not.toThrow();
  expect(new ApiKeys(['']).wanted).toBe(false);
});
