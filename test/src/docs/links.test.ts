import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import { expect, test } from 'vitest';
import { anchorOf, headings, isThere, localLinks, PAGES, quoted } from './pages.js';

test.each(PAGES)('%s links to files and headings that exist', (path) => {
  const broken = localLinks(path).filter(({ target, anchor }) => {
    const file = target === '' ? path : join(dirname(path), target);
    if (!isThere(file)) return true;
    return anchor !== '' && !headings(file).some(({ text }) => anchorOf(text) === anchor);
  });
  expect(broken).toEqual([]);
});

test.each(PAGES)('%s names files of the repository that exist', (path) => {
  const inside = /^(?:packages|docs|bench|test|testdata|deploy|scripts)\/[\w./-]+$/;
  // What is built is not committed.
  const named = quoted(path).filter((text) => inside.test(text) && !text.includes('/dist/'));
  expect(named.filter((text) => !isThere(text))).toEqual([]);
});

test('docs/architecture.md names every script of Redis', () => {
  const scripts = readdirSync(join(WORKSPACE_FOLDER, 'packages/shared/lua')).map((name) =>
    name.replace('.lua', ''),
  );
  const named = new Set(quoted('docs/architecture.md'));
  expect(scripts.filter((script) => !named.has(script))).toEqual([]);
});
