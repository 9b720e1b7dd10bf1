import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import { expect, test } from 'vitest';

const PACKAGES = ['gateway', 'router', 'shared', 'worker'] as const;
/** A call of a logger whose first argument is written out. */
const CALL = /logger\.(?:trace|debug|info|warn|error|fatal)\(\s*\{([^}]*)\}/g;

test('whoever logs something about a session says which shard it belongs to', () => {
  const files = PACKAGES.flatMap((name) => {
    const folder = join(WORKSPACE_FOLDER, 'packages', name, 'src');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));
  });
  const calls = files
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .flatMap((path) => {
      const text = readFileSync(path, 'utf8');
      return [...text.matchAll(CALL)].map(([, fields = '']) => ({ path, fields }));
    });
  const ofSessions = calls.filter(({ fields }) => /\bsession\b/.test(fields));
  expect(ofSessions.length).toBeGreaterThan(5);
  expect(ofSessions.filter(({ fields }) => !/\bshard\b/.test(fields))).toEqual([]);
});
