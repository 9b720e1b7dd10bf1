import { workerSettings } from '@tributary/shared';
import { expect, test } from 'vitest';
import { documentText } from './committed-file.js';
import { codeBlocks, headings, localLinks, PAGES, proseOf, READMES } from './pages.js';

const [ENGLISH, CHINESE] = READMES;

/** Scripts of package.json, as one types them. */
function scripts(): string[] {
  const { scripts: named } = JSON.parse(documentText('package.json')) as { scripts: Record<string, string> };
  return Object.keys(named).map((name) =>
    ['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`,
  );
}

/** The commands of npm that a text names. */
function npmCommands(text: string): string[] {
  return [...new Set(text.match(/npm (?:start|test|run [a-z]+)/g))].sort();
}

/** First cells of all rows of all tables. */
function firstCells(path: string): string[] {
  return [...proseOf(path).matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell = '']) => cell);
}

test('both front pages have the same sections, pictures, links and tables', () => {
  const depths = (path: string) => headings(path).map(({ depth }) => depth);
  expect(depths(CHINESE)).toEqual(depths(ENGLISH));
  const links = (path: string) => localLinks(path).filter(({ target }) => !target.startsWith('README'));
  expect(links(CHINESE)).toEqual(links(ENGLISH));
  expect(firstCells(CHINESE)).toEqual(firstCells(ENGLISH));
  expect(firstCells(ENGLISH).length).toBeGreaterThan(20);
});

test('both front pages show the same commands and answers', () => {
  // Comments and the labels of the picture are translated.
  const blocks = (path: string) =>
    codeBlocks(path).map(({ language, text }) =>
      language === 'mermaid' ? text.split('\n').length : text.replaceAll(/\s+# .*/g, ''),
    );
  expect(blocks(CHINESE)).toEqual(blocks(ENGLISH));
  expect(npmCommands(documentText(CHINESE))).toEqual(npmCommands(documentText(ENGLISH)));
});

test('both front pages have the same figures', () => {
  const figures = (path: string) =>
    proseOf(path)
      .match(/\d[\d,.]*\d|\d/g)
      ?.sort();
  const chinese = proseOf(CHINESE).replaceAll('400 万', '4 million');
  expect(chinese.match(/\d[\d,.]*\d|\d/g)?.sort()).toEqual(figures(ENGLISH));
});

test.each(READMES)('%s names every script of package.json', (path) => {
  const named = npmCommands(documentText(path));
  expect(scripts().filter((script) => !named.includes(script))).toEqual([]);
});

test.each(PAGES)('%s names no script that package.json does not have', (path) => {
  expect(npmCommands(documentText(path)).filter((command) => !scripts().includes(command))).toEqual([]);
});

test.each(READMES)('%s has a row for each recogniser', (path) => {
  const engines = workerSettings.ENGINE.unwrap().options as readonly string[];
  const section = proseOf(path)
    .split(/^## /m)
    .find((text) => text.includes('| `synthetic` |'));
  const rows = [...(section ?? '').matchAll(/^\| `([a-z]+)` \|/gm)].map(([, name]) => name);
  expect(rows).toEqual(engines);
});

test('what the front page says of lost chunks is what docs/reliability.md lists', () => {
  const rows = [...documentText('docs/reliability.md').matchAll(/^\| [a-z-]+ \|((?: [\d,]+ \|){8})/gm)].map(
    ([, cells = '']) => cells.split('|').map((cell) => Number(cell.replaceAll(',', ''))),
  );
  const acknowledged = rows.reduce((sum, [, , chunks = 0]) => sum + chunks, 0);
  const told = /none of more than (\d+) million/.exec(documentText(ENGLISH))?.[1];
  expect(acknowledged).toBeGreaterThan(Number(told) * 1_000_000);
  // Lost, doubled, out of order, mismatched, failed.
  expect(rows.filter((row) => row.slice(3, 8).some((count) => count !== 0))).toEqual([]);
});

test('what the front page says of sessions is what docs/engines.md measured', () => {
  const engines = documentText('docs/engines.md');
  expect(documentText(ENGLISH)).toMatch(/^\| `sherpa` .*\| 50, 70 at most \|$/m);
  expect(engines).toContain('count on 50, and 70 at most');
  expect(documentText(ENGLISH)).toMatch(/^\| `pocketsphinx` .*\| 6 \|$/m);
  expect(engines).toContain('(`pocketsphinx`: 6)');
});

test('the front page links every page of docs/', () => {
  const linked = new Set(localLinks(ENGLISH).map(({ target }) => target));
  const pages = PAGES.filter((path) => /^docs\/[^/]+\.md$/.test(path));
  expect(pages.filter((path) => !linked.has(path))).toEqual([]);
});

test.each(READMES)('%s speaks of formats that docs/audio.md has', (path) => {
  const audio = documentText('docs/audio.md');
  for (const format of ['WAV', 'WebM', 'Ogg', 'MP3', 'MP4', 'M4A', 'AAC', 'FLAC']) {
    expect(documentText(path), format).toContain(format);
    expect(audio, format).toContain(format);
  }
});
