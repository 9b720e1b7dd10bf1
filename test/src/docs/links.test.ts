import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import { expect, test } from 'vitest';
import { documentText } from './committed-file.js';

const PAGES = [
  'README.md',
  'README.zh-CN.md',
  'deploy/k8s/README.md',
  ...readdirSync(join(WORKSPACE_FOLDER, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

test.each(PAGES)('%s links to files that exist', (path) => {
  const targets = [...documentText(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(
    ([, target]) => target ?? '',
  );
  const local = targets.filter((target) => !/^[a-z]+:/.test(target));
  const missing = local.filter((target) => !existsSync(join(WORKSPACE_FOLDER, dirname(path), target)));
  expect(missing).toEqual([]);
});
