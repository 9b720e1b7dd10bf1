import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { documentText } from '../../docs/committed-file.js';
import { type Role, settingsOf } from '../kubernetes/service-settings.js';
import { parseDockerfile } from './parse-dockerfile.js';

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly build?: { readonly target: string };
        readonly environment?: Readonly<Record<string, string>>;
        readonly ports?: readonly string[];
        readonly stop_grace_period?: string;
        readonly volumes?: readonly string[];
        readonly depends_on?: Readonly<Record<string, unknown>>;
      }
    >
  >;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const compose = parse(documentText('deploy/compose/compose.yaml'), { merge: true }) as Compose;
const targets = parseDockerfile(documentText('deploy/Dockerfile')).map(({ name }) => name);

test.each<Role>(['gateway', 'router', 'worker'])('the %s on one host accepts its settings', async (role) => {
  const service = compose.services[role]!;
  expect(targets).toContain(service.build?.target);
  const settings = await settingsOf(role, service.environment ?? {});
  expect(Object.keys(compose.services)).toEqual(
    expect.arrayContaining(Object.keys(service.depends_on ?? {})),
  );
  for (const host of [settings.REDIS_URL, settings.DATABASE_URL].filter((url) => url !== undefined))
    expect(Object.keys(compose.services)).toContain(new URL(String(host)).hostname);
  if (role === 'gateway') {
    expect(service.ports).toEqual([`127.0.0.1:8080:${String(settings.PORT)}`]);
    expect(Number.parseInt(service.stop_grace_period ?? '', 10) * 1_000).toBeGreaterThan(
      Number(settings.DRAIN_MS) + 10_000,
    );
  }
});

test('the stores keep their data in volumes that are declared', () => {
  for (const name of ['redis', 'postgres'])
    expect(Object.keys(compose.volumes)).toContain(compose.services[name]?.volumes?.[0]?.split(':')[0]);
});
