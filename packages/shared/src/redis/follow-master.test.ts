import { expect, it } from 'vitest';
import { mostNamed } from './follow-master.js';

const a = { host: '10.0.0.1', port: 6379 };
const b = { host: '10.0.0.2', port: 6379 };

it('the master is whom more than half of all sentinels name', () => {
  expect(mostNamed([a, a, b])).toEqual(a);
  expect(mostNamed([b, { ...a }, a])).toEqual(a);
  expect(mostNamed([a])).toEqual(a);
  expect(mostNamed([a, a, null])).toEqual(a);
});

it('nobody is, while they disagree or are silent', () => {
  expect(mostNamed([])).toBeNull();
  expect(mostNamed([a, b])).toBeNull();
  expect(mostNamed([a, null, null])).toBeNull();
  expect(mostNamed([a, b, null])).toBeNull();
  expect(mostNamed([a, { ...a, port: 1 }])).toBeNull();
});
