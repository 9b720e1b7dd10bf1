import { execFile } from 'node:child_process';
import { builtFile, startRedis, type TestRedis } from '@tributary/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';

let redis: TestRedis;

/** A deployment of 64 shards: a process that was told another number logs why it cannot start, and ends. */
beforeAll(async () => {
  redis = await startRedis();
  const client = new Redis(redis.url);
  await client.set('t:shards', 64);
  client.disconnect();
});
afterAll(async () => await redis?.stop());

/** What a worker that cannot start writes to its standard output. */
async function output(env: Record<string, string>, terminal: boolean): Promise<string> {
  const main = builtFile('worker', 'main.js');
  const command: [string, string[]] = terminal
    ? ['script', ['-qec', '"$NODE" "$MAIN"', '/dev/null']]
    : [process.execPath, [main]];
  return await new Promise((resolve) => {
    const options = {
      env: {
        PATH: process.env.PATH,
        // For the shell that `script` starts, whatever is in the paths.
        NODE: process.execPath,
        MAIN: main,
        REDIS_URL: redis.url,
        SHARDS: '32',
        ENGINE: 'synthetic',
        INSTANCE_ID: 'w',
        ...env,
      },
      timeout: 20_000,
    };
    execFile(...command, options, (_failed, stdout) => resolve(stdout));
  });
}

test('into a file or a pipe go JSON objects', async () => {
  const lines = (await output({}, false)).trim().split('\n');
  const last = JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
  expect(last).toMatchObject({ level: 60, role: 'worker', instance: 'w', msg: 'start failed' });
});

test('a terminal gets lines for people', async () => {
  const text = await output({}, true);
  expect(text).toMatch(/FATAL.*start failed/);
  expect(text).not.toContain('{"level"');
});

test('LOG_FORMAT decides against what standard output is', async () => {
  expect(await output({ LOG_FORMAT: 'json' }, true)).toContain('"msg":"start failed"');
  expect(await output({ LOG_FORMAT: 'pretty' }, false)).toMatch(/FATAL.*start failed/);
});

test('LOG_LEVEL is the least severe level that is written', async () => {
  expect(await output({ LOG_LEVEL: 'silent' }, false)).toBe('');
  expect(await output({ LOG_LEVEL: 'fatal' }, false)).not.toContain('"level":30');
});
