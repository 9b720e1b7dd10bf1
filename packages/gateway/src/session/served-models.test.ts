import { expect, it } from 'vitest';
import { checkServed, type Wanted } from './served-models.js';

const MODELS = [
  { name: 'small-en', languages: ['en'], streaming: true, hotWords: false },
  { name: 'big', languages: ['en', 'zh'], streaming: false, hotWords: true },
];

const none: string[] = [];
const hot = ['Elinor'];

it.each<Wanted>([
  { model: null, language: null, hotWords: none },
  { model: null, language: 'zh', hotWords: hot },
  { model: null, language: 'EN-gb', hotWords: none },
  { model: 'small-en', language: 'en-US', hotWords: none },
  { model: 'big', language: null, hotWords: hot },
])('takes %j', (wanted) => {
  expect(() => checkServed(wanted, MODELS)).not.toThrow();
});

it.each<[Wanted, string, string]>([
  [{ model: 'other', language: null, hotWords: hot }, 'unknown_model', 'big, small-en'],
  [{ model: null, language: 'de', hotWords: none }, 'unknown_language', 'en, zh'],
  [{ model: 'small-en', language: 'zh', hotWords: none }, 'unknown_language', 'there are en'],
  [{ model: null, language: null, hotWords: hot }, 'hot_words_unsupported', 'there are big'],
  [{ model: 'small-en', language: 'en', hotWords: hot }, 'hot_words_unsupported', 'there are big'],
])('refuses %j with the list', (wanted, code, names) => {
  expect(() => checkServed(wanted, MODELS)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(names) }),
  );
});

it('refuses nothing where any language is served, and nothing while no worker is known', () => {
  const any = { name: 'synthetic', languages: ['*'], streaming: false };
  checkServed({ model: null, language: 'tlh', hotWords: none }, [any]);
  checkServed({ model: 'any', language: 'tlh', hotWords: hot }, []);
});

it('refuses no hot words where a worker of an older release says nothing of them, and says so where no model takes them', () => {
  const older = { name: 'a', languages: ['*'], streaming: true };
  const wanted = { model: null, language: null, hotWords: hot };
  checkServed(wanted, [older]);
  expect(() => checkServed(wanted, [{ ...older, hotWords: false }])).toThrow('no model does');
});
