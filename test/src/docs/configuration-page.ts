import { HOW_TO_UPDATE, markdownTable } from './committed-file.js';
import { documentedSettings } from './settings.js';

/** The text of docs/configuration.md. */
export function configurationPage(): string {
  const tables = documentedSettings().flatMap(({ title, settings }) => [
    `## ${title}`,
    '',
    markdownTable(
      ['name', 'default', 'values', 'meaning'],
      settings.map((setting) => [
        `\`${setting.name}\``,
        setting.default,
        setting.values,
        setting.description,
      ]),
    ),
    '',
  ]);
  return [
    '# Configuration',
    '',
    `<!-- Generated from packages/shared/src/config/settings.ts. To update it: ${HOW_TO_UPDATE} -->`,
    '',
    'Every process reads its settings once, at its start, from environment variables. Mistakes are reported all at once,',
    'one line each, and end the process with exit code 2. `--check-config` behind the name of a service does nothing but',
    'that check: `node packages/gateway/dist/main.js --check-config`.',
    '',
    '- An empty variable counts as one that is not set.',
    '- `NAME_FILE` names a file that holds the value of `NAME`, for secrets: `DB_PASSWORD_FILE=/run/secrets/db`. A value',
    '  that is set directly wins.',
    '- Names that begin with `TRIBUTARY_` are refused, unless they are listed here: none is today.',
    '- `npm start` passes its environment on to every process that it starts.',
    '',
    ...tables,
    '## The launcher',
    '',
    '`npm start` has options of its own; `npm start -- --help` lists them. It starts a private Redis unless `REDIS_URL` is',
    'set, a private PostgreSQL unless `DATABASE_URL` or one of the `DB_` names is set, and waits 1,000 ms for clients when it',
    'stops, unless `DRAIN_MS` is set. `PORT` is the port of the first gateway; further ones take the ports behind it.',
    '',
  ].join('\n');
}
