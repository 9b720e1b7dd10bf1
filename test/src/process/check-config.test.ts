import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builtFile, tempFolder } from '@tributary/testkit';
import { expect, test } from 'vitest';

const ROLES = ['gateway', 'router', 'worker'] as const;

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a service with nothing but these settings. */
async function check(role: (typeof ROLES)[number], env: Record<string, string>): Promise<Outcome> {
  const args = [builtFile(role, 'main.js'), '--check-config'];
  return await new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      args,
      { env: { PATH: process.env.PATH, ...env }, timeout: 20_000 },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

test.each(ROLES)('a %s finds its defaults usable, and does nothing else', async (role) => {
  // Nothing listens there: a process that did more than check would not end.
  const env = { REDIS_URL: 'redis://127.0.0.1:1', DB_PORT: '1' };
  expect(await check(role, env)).toEqual({ code: 0, stdout: 'the configuration is usable\n', stderr: '' });
});

test.each(ROLES)('a %s names every mistake of its configuration, and ends with 2', async (role) => {
  const { code, stdout, stderr } = await check(role, {
    SHARDS: '0',
    LOG_LEVEL: 'loud',
    TRACE_SAMPLE_RATIO: '2',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318',
    TRIBUTARY_SHARDS: '64',
    REDIS_URL_FILE: '/no/such/file',
  });
  expect(code).toBe(2);
  expect(stdout).toBe('');
  const [title, ...problems] = stderr.trim().split('\n');
  expect(title).toBe('the configuration is not usable:');
  expect(problems.map((problem) => problem.trim().split(':')[0]).sort()).toEqual([
    'LOG_LEVEL',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'REDIS_URL_FILE',
    'SHARDS',
    'TRACE_SAMPLE_RATIO',
    'TRIBUTARY_SHARDS',
  ]);
});

test('secrets come from files, and are not shown when they are wrong', async () => {
  const folder = await tempFolder('secrets');
  try {
    const path = join(folder.path, 'redis-url');
    await writeFile(path, 'redis://user:s3cret@host:6379/0\n');
    expect((await check('gateway', { REDIS_URL_FILE: path })).code).toBe(0);
    await writeFile(path, 'redis://user:s3cret@host:sixthousand/0\n');
    const { code, stderr } = await check('gateway', { REDIS_URL_FILE: path });
    expect(code).toBe(2);
    expect(stderr).toContain('REDIS_URL');
    expect(stderr).not.toContain('s3cret');
  } finally {
    await folder.remove();
  }
});
