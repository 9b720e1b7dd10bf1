import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError, readConfig, whole } from './read-config.js';
import {
  commonSettings,
  databaseSettings,
  gatewaySettings,
  routerSettings,
  workerSettings,
} from './settings.js';

const SHAPE = {
  PORT: whole(1, 65_535).default(80),
  SECRET: z.string().default(''),
  TRIBUTARY_MODE: z.string().default('plain'),
};
const SERVICES = {
  gateway: { ...commonSettings, ...databaseSettings, ...gatewaySettings },
  router: { ...commonSettings, ...databaseSettings, ...routerSettings },
  worker: { ...commonSettings, ...workerSettings },
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(SHAPE, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function file(text: string): string {
  const path = join(folder, `${Math.random()}`);
  writeFileSync(path, text);
  return path;
}

test('what is not set, or empty, has its default', () => {
  expect(readConfig(SHAPE, { PORT: '', OTHER: 'x' })).toEqual({
    PORT: 80,
    SECRET: '',
    TRIBUTARY_MODE: 'plain',
  });
});

test('the result can not be changed', () => {
  const config = readConfig(SHAPE, {}) as { PORT: number };
  expect(() => {
    config.PORT = 1;
  }).toThrow(TypeError);
});

test('a secret comes from a file, without the line break at its end', () => {
  expect(readConfig(SHAPE, { SECRET_FILE: file('s3cret\n') }).SECRET).toBe('s3cret');
  expect(readConfig(SHAPE, { PORT_FILE: file(' 99 ') }).PORT).toBe(99);
  expect(readConfig(SHAPE, { TRIBUTARY_MODE_FILE: file('other') }).TRIBUTARY_MODE).toBe('other');
});

test('what is set directly wins over a file, which is not even looked for', () => {
  expect(readConfig(SHAPE, { SECRET: 'direct', SECRET_FILE: '/no/such/file' }).SECRET).toBe('direct');
});

test('a file that can not be read is a mistake', () => {
  expect(problemsOf({ SECRET_FILE: join(folder, 'none') })).toEqual([
    expect.stringMatching(/^SECRET_FILE: .*ENOENT/),
  ]);
});

test('names that begin with TRIBUTARY_ and are no setting are refused', () => {
  expect(problemsOf({ TRIBUTARY_MOED: 'x', TRIBUTARY_PORT_FILE: 'y' })).toEqual([
    'TRIBUTARY_MOED: no such setting',
    'TRIBUTARY_PORT_FILE: no such setting',
  ]);
  const name = fc.stringMatching(/^TRIBUTARY_[A-Z_]{1,20}$/);
  fc.assert(
    fc.property(name, fc.constantFrom(...Object.values(SERVICES)), (unknown, shape) => {
      expect(() => readConfig({ ...shape }, { [unknown]: '1' })).toThrow(`${unknown}: no such setting`);
    }),
  );
});

test('all mistakes are told at once, each with its name', () => {
  const problems = problemsOf({ PORT: '70000', SECRET_FILE: '/no/such/file', TRIBUTARY_X: '1' });
  expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
    'PORT',
    'SECRET_FILE',
    'TRIBUTARY_X',
  ]);
});

test.each(Object.entries(SERVICES))(
  'the defaults of a %s are usable, and every setting says what it is',
  (_, shape) => {
    readConfig(shape, {});
    for (const [name, schema] of Object.entries(shape)) expect(schema.description, name).toBeTruthy();
  },
);

test('a mistake never shows the value that was set, which may be a secret', () => {
  const secret = 'p4ssw0rd';
  for (const [name, schema] of Object.entries(SERVICES.gateway)) {
    for (const value of [
      secret,
      `redis://u:${secret}@`,
      `redis+cluster://u:${secret}@:99999`,
      `http//${secret}`,
    ]) {
      try {
        readConfig({ [name]: schema }, { [name]: value });
      } catch (error) {
        expect(String(error), name).not.toContain(secret);
      }
    }
  }
});
