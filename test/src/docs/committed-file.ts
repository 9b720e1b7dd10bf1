import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import { expect } from 'vitest';

export const HOW_TO_UPDATE = 'UPDATE_DOCS=1 npx vitest run test/src/docs';

/** Text of a file of the repository. */
export function documentText(path: string): string {
  return readFileSync(join(WORKSPACE_FOLDER, path), 'utf8');
}

/** Fails when the committed file is not what is generated; with UPDATE_DOCS=1 writes it instead. */
export function expectCommitted(path: string, generated: string): void {
  if (process.env.UPDATE_DOCS === '1') writeFileSync(join(WORKSPACE_FOLDER, path), generated);
  expect(documentText(path), `${path} is out of date; to update it: ${HOW_TO_UPDATE}`).toBe(generated);
}

/** A table of Markdown. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}
