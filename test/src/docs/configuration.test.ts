import { expect, test } from 'vitest';
import { documentText, expectCommitted } from './committed-file.js';
import { configurationPage } from './configuration-page.js';
import { PAGES, quoted, READMES } from './pages.js';
import { documentedSettings } from './settings.js';

test('docs/configuration.md says what the settings are', () => {
  expectCommitted('docs/configuration.md', configurationPage());
});

const known = new Map(
  documentedSettings().flatMap(({ settings }) => settings.map((setting) => [setting.name, setting])),
);

/** What stands between backticks: the words around it may be in any language. */
function value(text: string | undefined): string {
  return /`([^`]*)`/.exec(text ?? '')?.[1] ?? text ?? '';
}

test.each(READMES)('%s names settings that exist, with their defaults', (path) => {
  const rows = [...documentText(path).matchAll(/^\| `([A-Z_]+)` \| (.*?) ?\|/gm)];
  expect(rows.length).toBeGreaterThan(5);
  for (const [, name, shown] of rows) {
    expect(known.has(name ?? ''), `${name} is no setting`).toBe(true);
    expect(value(shown?.trim()), `default of ${name}`).toBe(value(known.get(name ?? '')?.default));
  }
});

/** Names like settings' that are none of ours. */
const OTHERS = new Set(['UPDATE_DOCS', 'TRIBUTARY_SERVICE_HOST', 'NAME_FILE']);

// Decisions are records of their day.
test.each(PAGES.filter((path) => !path.startsWith('docs/decisions/')))(
  '%s names no setting that does not exist',
  (path) => {
    const names = quoted(path).flatMap(
      (text) => /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=.*)?$/.exec(text)?.[1] ?? [],
    );
    const unknown = names.filter((name) => !known.has(name.replace(/_FILE$/, '')) && !OTHERS.has(name));
    expect(unknown).toEqual([]);
  },
);
