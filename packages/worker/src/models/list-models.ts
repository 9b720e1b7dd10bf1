import type { CatalogueEntry } from './catalogue-entry.js';
import { isStreaming } from './manifest.js';

const HEAD = ['name', 'languages', 'streaming', 'download', 'licence', 'here', 'default for'];
const BYTES_PER_MEGABYTE = 1_000_000;

/** The catalogue as a table for people, one line a model, with the address or package of each below. */
export function listModels(catalogue: readonly CatalogueEntry[], isHere: (name: string) => boolean): string {
  const rows = catalogue.map((entry) => [
    entry.name,
    entry.languages.join(' '),
    isStreaming(entry) ? 'yes' : 'no',
    `${Math.round(entry.sources[0].bytes / BYTES_PER_MEGABYTE)} MB`,
    entry.licence,
    isHere(entry.name) ? 'yes' : 'no',
    entry.defaultFor ?? '',
  ]);
  const widths = HEAD.map((_, column) => Math.max(...[HEAD, ...rows].map((row) => row[column]!.length)));
  const lines = [HEAD, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const sources = catalogue.flatMap((entry) =>
    entry.sources.map((source) => {
      const from =
        source.kind === 'https' ? source.url : `Python package ${source.package} ${source.version}`;
      return `${entry.name}: ${from}\n  SHA-256 ${source.sha256}`;
    }),
  );
  return `${lines.join('\n')}\n\n${sources.join('\n')}\n`;
}
