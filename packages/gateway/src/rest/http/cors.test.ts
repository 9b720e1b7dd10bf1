import { expect, test } from 'vitest';
import { Cors } from './cors.js';

const from = (origin: string) => ({
  method: 'get',
  path: '/',
  query: '',
  headers: { origin, authorization: '', 'x-api-key': '' },
});

test('a star allows all, nothing allows none', () => {
  expect(new Cors('*').headers(from('https://a'))['access-control-allow-origin']).toBe('*');
  expect(new Cors('').headers(from('https://a'))).toEqual({});
  expect(new Cors('').preflight(from('https://a'))).toEqual({});
});

test('of several origins the asking one is allowed, and caches are told', () => {
  const cors = new Cors('https://a, https://b');
  expect(cors.headers(from('https://b'))).toMatchObject({
    'access-control-allow-origin': 'https://b',
    vary: 'origin',
  });
  expect(cors.headers(from('https://c'))).toEqual({ vary: 'origin' });
  expect(cors.preflight(from('https://c'))).toEqual({ vary: 'origin' });
  expect(cors.preflight(from('https://a'))['access-control-allow-methods']).toContain('DELETE');
});
