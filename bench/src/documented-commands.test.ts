import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import { describe, expect, it } from 'vitest';
import { readOptions } from './autoscale/options.js';
import { benchOptions, SCENARIO_NAMES } from './bench/options.js';
import { chaosOptions } from './chaos/options.js';
import { SCENARIOS } from './chaos/scenarios.js';
import { floorCommand } from './floor/floor-options.js';

const pages = ['README.md', 'README.zh-CN.md', ...markdownOf('docs')].map((path) => ({
  path,
  text: read(path),
}));

function read(path: string): string {
  return readFileSync(join(WORKSPACE_FOLDER, path), 'utf8');
}

function markdownOf(folder: string): string[] {
  const names = readdirSync(join(WORKSPACE_FOLDER, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.md')).map((name) => join(folder, name));
}

/** Words of each command line that the pages show behind `npm run <name> --`. */
function commandLines(name: string): { path: string; words: string[] }[] {
  const pattern = new RegExp(`npm run ${name} -- ([^\`\\n#]+)`, 'g');
  return pages.flatMap(({ path, text }) =>
    [...text.matchAll(pattern)].map(([, line = '']) => ({ path, words: line.trim().split(/\s+/) })),
  );
}

/** Every command line is read as the program reads it. One that asks for help or shows a placeholder is passed over. */
function readAll(name: string, parse: (words: string[]) => unknown): number {
  const lines = commandLines(name).filter(({ words }) => !words.includes('--help'));
  for (const { path, words } of lines)
    expect(() => parse(words), `${path}: npm run ${name} -- ${words.join(' ')}`).not.toThrow();
  return lines.length;
}

describe('commands that the pages show are understood', () => {
  it('bench', () => {
    expect(readAll('bench', (words) => benchOptions(words, '/', true))).toBeGreaterThan(5);
  });

  it('chaos', () => {
    const filledIn = (words: string[]): string[] => words.map((word) => (word === 'NAME' ? 'calm' : word));
    expect(readAll('chaos', (words) => chaosOptions(filledIn(words)))).toBeGreaterThan(1);
  });

  it('floor and autoscale', () => {
    readAll('floor', (words) => floorCommand(words, '/', true));
    readAll('autoscale', readOptions);
  });
});

/** First cells of the rows of a page, without backticks. */
function firstCells(path: string): Set<string> {
  return new Set([...read(path).matchAll(/^\| `?([a-z-]+)`? \|/gm)].map(([, name = '']) => name));
}

it('docs/performance.md says what each scenario of bench does', () => {
  const named = firstCells('docs/performance.md');
  expect(SCENARIO_NAMES.filter((name) => !named.has(name))).toEqual([]);
});

it('docs/reliability.md has figures of each scenario of chaos', () => {
  const named = firstCells('docs/reliability.md');
  expect(SCENARIOS.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
});
