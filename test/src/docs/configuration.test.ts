import { expect, test } from 'vitest';
import { documentText, expectCommitted } from './committed-file.js';
import { configurationPage } from './configuration-page.js';
import { documentedSettings } from './settings.js';

test('docs/configuration.md says what the settings are', () => {
  expectCommitted('docs/configuration.md', configurationPage());
});

test.each(['README.md', 'README.zh-CN.md'])('%s names settings that exist, with their defaults', (path) => {
  const known = new Map(
    documentedSettings().flatMap(({ settings }) => settings.map((setting) => [setting.name, setting])),
  );
  const rows = [...documentText(path).matchAll(/^\| `([A-Z_]+)` \| (.*?) \|/gm)];
  expect(rows.length).toBeGreaterThan(5);
  for (const [, name, shown] of rows) {
    expect(known.has(name ?? ''), `${name} is no setting`).toBe(true);
    expect(shown, `default of ${name}`).toBe(known.get(name ?? '')?.default);
  }
});
