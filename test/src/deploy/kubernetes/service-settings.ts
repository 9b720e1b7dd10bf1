import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  commonSettings,
  databaseSettings,
  gatewaySettings,
  readConfig,
  routerSettings,
  workerSettings,
} from '@tributary/shared';
import { builtFile, tempFolder } from '@tributary/testkit';

export type Role = 'gateway' | 'router' | 'worker';

const SHAPES = {
  gateway: { ...commonSettings, ...databaseSettings, ...gatewaySettings },
  router: { ...commonSettings, ...databaseSettings, ...routerSettings },
  worker: { ...commonSettings, ...workerSettings },
} as const;

/** What an operator would put into the Secret. */
const SECRETS: Readonly<Record<string, string>> = {
  REDIS_URL: 'redis://:secret@redis.example:6379',
  DATABASE_URL: 'postgres://tributary:secret@postgres.example:5432/tributary',
  API_KEYS: 'one,two',
};

const run = promisify(execFile);

export type Settings = Readonly<Record<string, unknown>>;

const checked = new Map<string, Promise<Settings>>();

/**
 * The settings that a service makes of a pod's environment, with the files of its Secret where they would be mounted.
 * The service itself is asked as well, with `--check-config`: once for each environment, however many pods have it.
 *
 * @throws Error when it does not accept them, or when a variable is no setting of any service.
 */
export function settingsOf(role: Role, environment: Readonly<Record<string, string>>): Promise<Settings> {
  const key = JSON.stringify([role, Object.entries(environment).sort()]);
  let settings = checked.get(key);
  if (settings === undefined) {
    settings = check(role, environment);
    checked.set(key, settings);
  }
  return settings;
}

async function check(role: Role, environment: Readonly<Record<string, string>>): Promise<Settings> {
  const known = new Set(Object.values(SHAPES).flatMap((shape) => Object.keys(shape)));
  for (const name of Object.keys(environment))
    if (!known.has(name.replace(/_FILE$/, ''))) throw new Error(`${name} is no setting of any service`);
  const folder = await tempFolder('secret');
  try {
    const local: Record<string, string> = {};
    for (const [name, value] of Object.entries(environment)) {
      const secret = name.endsWith('_FILE') ? SECRETS[value.replace(/.*\//, '')] : undefined;
      local[name] = secret === undefined ? value : join(folder.path, name);
      if (secret !== undefined) await writeFile(local[name], `${secret}\n`);
    }
    await run(process.execPath, [builtFile(role, 'main.js'), '--check-config'], { env: local });
    return readConfig(SHAPES[role], local);
  } finally {
    await folder.remove();
  }
}
