import { execFileSync } from 'node:child_process';
import { builtFile } from '@tributary/testkit';
import { expect, test } from 'vitest';
import { documentText } from './committed-file.js';

interface Row {
  readonly name: string;
  readonly languages: string;
  readonly streaming: string;
  readonly licence: string;
}

/** What `npm run model -- list` says. */
function listed(): Row[] {
  const output = execFileSync(process.execPath, [builtFile('worker', 'models/main.js'), 'list'], {
    encoding: 'utf8',
    env: { ...process.env, MODELS_DIR: '/nonexistent' },
  });
  const [table = ''] = output.split('\n\n');
  return table
    .split('\n')
    .slice(1)
    .map((line) => {
      const [name = '', languages = '', streaming = '', , licence = ''] = line.split(/ {2,}/);
      return { name, languages, streaming, licence };
    });
}

test('docs/engines.md has the models of the catalogue', () => {
  const section = /## Models\n.*?\n## /s.exec(documentText('docs/engines.md'))?.[0] ?? '';
  const rows = [...section.matchAll(/^\| `([^`]+)`[^|]*\| ([^|]*) \| (\w+) \| [^|]* \| ([^|]*) \|$/gm)].map(
    ([, name, languages, streaming, licence]) => ({
      name,
      languages: languages?.replaceAll(',', ''),
      streaming,
      licence,
    }),
  );
  expect(rows).toEqual(listed());
});
