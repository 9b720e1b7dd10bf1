import { expect, it } from 'vitest';
import { checkServed, type Wanted } from './served-models.js';

const MODELS = [
  { name: 'small-en', languages: ['en'], streaming: true },
  { name: 'big', languages: ['en', 'zh'], streaming: false },
];

it.each<Wanted>([
  { model: null, language: null },
  { model: null, language: 'zh' },
  { model: null, language: 'EN-gb' },
  { model: 'small-en', language: 'en-US' },
  { model: 'big', language: null },
])('takes %j', (wanted) => {
  expect(() => checkServed(wanted, MODELS)).not.toThrow();
});

it.each<[Wanted, string, string]>([
  [{ model: 'other', language: null }, 'unknown_model', 'big, small-en'],
  [{ model: null, language: 'de' }, 'unknown_language', 'en, zh'],
  [{ model: 'small-en', language: 'zh' }, 'unknown_language', 'there are en'],
])('refuses %j with the list', (wanted, code, names) => {
  expect(() => checkServed(wanted, MODELS)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(names) }),
  );
});

it('refuses nothing where any language is served, and nothing while no worker is known', () => {
  checkServed({ model: null, language: 'tlh' }, [{ name: 'synthetic', languages: ['*'], streaming: false }]);
  checkServed({ model: 'any', language: 'tlh' }, []);
});
