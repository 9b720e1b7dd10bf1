import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import { documentText } from './committed-file.js';

/** The front page, and the same in Chinese. */
export const READMES = ['README.md', 'README.zh-CN.md'] as const;

/** Every page of Markdown that is kept by hand or made here. */
export const PAGES: readonly string[] = [
  ...READMES,
  'packages/client/README.md',
  ...['deploy', 'docs', 'testdata'].flatMap((folder) =>
    readdirSync(join(WORKSPACE_FOLDER, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
];

/** The fenced blocks of a page, by their language. */
export function codeBlocks(path: string): { language: string; text: string }[] {
  return [...documentText(path).matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** A page without its fenced blocks. */
export function proseOf(path: string): string {
  return documentText(path).replaceAll(/^```\w*\n.*?^```$/gms, '');
}

/** The headings of a page, outermost first in depth. */
export function headings(path: string): { depth: number; text: string }[] {
  return [...proseOf(path).matchAll(/^(#+) (.*)$/gm)].map(([, marks = '', text = '']) => ({
    depth: marks.length,
    text,
  }));
}

/** What a link to a heading is called where repositories are read. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

/** What a page links to within the repository: a path as the page names it, '' for itself, and a heading. */
export function localLinks(path: string): { target: string; anchor: string }[] {
  const links = [...proseOf(path).matchAll(/\]\(([^)#\s]*)(?:#([^)\s]*))?\)/g)];
  return links
    .map(([, target = '', anchor = '']) => ({ target, anchor }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** Everything between single backticks. */
export function quoted(path: string): string[] {
  return [...proseOf(path).matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
}

/** True for a file or folder of the repository. */
export function isThere(path: string): boolean {
  return existsSync(join(WORKSPACE_FOLDER, path));
}
