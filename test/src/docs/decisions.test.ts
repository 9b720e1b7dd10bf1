import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import { expect, test } from 'vitest';
import { documentText } from './committed-file.js';

test('the index of decisions names every record once', () => {
  const records = readdirSync(join(WORKSPACE_FOLDER, 'docs/decisions')).filter((name) =>
    /^\d{4}-/.test(name),
  );
  const named = [...documentText('docs/decisions/README.md').matchAll(/\]\((\d{4}-[^)]+)\)/g)].map(
    ([, name]) => name,
  );
  expect(named).toEqual(records.sort());
  expect(new Set(records.map((name) => name.slice(0, 4))).size).toBe(records.length);
});
