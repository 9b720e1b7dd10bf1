import { expect, test } from 'vitest';
import { dashboards, rules } from '../deploy/monitoring/rule-files.js';
import { documentText } from './committed-file.js';
import { PAGES, quoted } from './pages.js';

// docs/metrics.md is made of what running processes say.
const metrics = new Set(
  documentText('docs/metrics.md')
    .match(/^\| `\w+` /gm)
    ?.map((cell) => cell.slice(3, -2)),
);
const recorded = new Set(rules().map(({ record }) => record));

test.each(PAGES)('%s names metrics that exist', (path) => {
  const names = quoted(path).flatMap((text) => text.match(/(?:\w+:)?tributary_[a-z_]+(?::\w+)?/g) ?? []);
  const bare = names.map((name) => name.replace(/_(?:count|sum|bucket)$/, ''));
  expect(bare.filter((name) => !metrics.has(name) && !recorded.has(name))).toEqual([]);
});

test('runbooks name panels that dashboards have', () => {
  const titles = new Set(dashboards().flatMap(({ panels }) => panels.map(({ title }) => title)));
  const named = PAGES.filter((path) => path.startsWith('docs/runbook/')).flatMap((path) =>
    [...documentText(path).matchAll(/"([A-Z][^"]*\?)"/g)].map(([, title = '']) => title),
  );
  expect(named.length).toBeGreaterThan(2);
  expect(named.filter((title) => !titles.has(title))).toEqual([]);
});
