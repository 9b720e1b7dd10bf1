import { expect, test } from 'vitest';
import { CATALOGUE, DEFAULT_MODEL, findEntry } from './catalogue.js';
import { listModels } from './list-models.js';
import { MODEL_KINDS } from './manifest.js';

test.each(CATALOGUE)('$name brings the parts that its kind is made of', ({ kind, sources }) => {
  const parts: readonly string[] = MODEL_KINDS[kind];
  for (const { members, sha256, bytes } of sources) {
    const brought = members.map(({ part, optional }) => (optional ? `${part}?` : part));
    expect(parts.filter((part) => !part.endsWith('?')).sort()).toEqual(
      brought.filter((part) => !part.endsWith('?')).sort(),
    );
    expect(parts).toEqual(expect.arrayContaining(brought));
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(bytes).toBeGreaterThan(1_000_000);
  }
});

test('has one default for English and one for Chinese and English', () => {
  const defaults = CATALOGUE.flatMap(({ name, defaultFor }) => (defaultFor ? [[defaultFor, name]] : []));
  expect(defaults).toEqual([
    ['en', DEFAULT_MODEL],
    ['zh-en', 'zipformer-zh-en'],
  ]);
});

test('a name that is not there is answered with those that are', () => {
  expect(() => findEntry('whisper')).toThrow(/no model whisper; there are: .*moonshine-tiny-en/);
});

test('the list says for each model whether it is here, and where it comes from', () => {
  const list = listModels(CATALOGUE, (name) => name === 'sense-voice');
  const rows = list.split('\n').slice(1, 1 + CATALOGUE.length);
  expect(rows.map((row) => /\b(yes|no) {2,}(?:\S+$|$)|\b(?:yes|no)$/.test(row))).not.toContain(false);
  expect(
    rows.filter((row) => / yes(\s|$)/.test(row.slice(row.indexOf('MB')))).map((row) => row.split(' ')[0]),
  ).toEqual(['sense-voice']);
  for (const { sources } of CATALOGUE) for (const { sha256 } of sources) expect(list).toContain(sha256);
});
