import { resolve } from 'node:path';
import { dumpSchema, migrate, openStore } from '@tributary/shared/store';
import { createDatabase, type TestDatabase, WORKSPACE_FOLDER } from '@tributary/testkit';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settingsOf } from './database.js';

let server: TestDatabase;
const made: string[] = [];

beforeAll(async () => {
  server = await createDatabase();
});

afterAll(async () => {
  await onServer((sql) =>
    Promise.all(
      made.map((name) => sql.unsafe(`drop database if exists "${name.replaceAll('"', '""')}" with (force)`)),
    ),
  );
  await server.drop();
});

async function onServer<Result>(work: (sql: postgres.Sql) => Promise<Result>): Promise<Result> {
  const sql = postgres(server.url, { max: 1, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

/** Address of a database of this name, which may not exist. */
function urlOf(name: string, user?: string): string {
  const url = new URL(server.url);
  url.pathname = `/${encodeURIComponent(name)}`;
  if (user !== undefined) {
    url.username = user;
    url.password = user;
  }
  made.push(name);
  return url.href;
}

describe('migrate', () => {
  test('a second time does nothing', async () => {
    const settings = settingsOf(urlOf(`${server.name}_twice`));
    expect(await migrate(settings)).toHaveLength(3);
    expect(await migrate(settings)).toEqual([]);
  });

  test('four starters at once make a missing database and one schema', async () => {
    for (let round = 0; round < 3; round++) {
      const settings = settingsOf(urlOf(`${server.name}_race_${round}`));
      const done = await Promise.all(Array.from({ length: 4 }, () => migrate(settings)));
      expect(done.flat().sort()).toEqual(['0001-sessions', '0002-totals', '0003-channels']);
    }
  });

  test('the name of a database is quoted', async () => {
    const name = `${server.name}_odd " name; ü`;
    const url = new URL(server.url);
    made.push(name);
    const settings = settingsOf('', {
      DB_HOST: url.hostname,
      DB_PORT: url.port,
      DB_USER: url.username,
      DB_PASSWORD: url.password,
      DB_NAME: name,
    });
    expect(await migrate(settings)).toHaveLength(3);
  });

  test('a missing database that may not be made is a clear error', async () => {
    const role = `${server.name}_role`;
    await onServer((sql) => sql.unsafe(`create role "${role}" login password '${role}'`));
    const attempt = migrate(settingsOf(urlOf(`${server.name}_forbidden`, role)));
    await expect(attempt).rejects.toMatchObject({ code: 'invalid_settings', temporary: false });
    await onServer((sql) => sql.unsafe(`drop role "${role}"`));
  });

  test('the schema of a later release is left alone', async () => {
    const settings = settingsOf(urlOf(`${server.name}_later`));
    await migrate(settings);
    const sql = postgres(settings.DATABASE_URL ?? '', { max: 1 });
    await sql`insert into kysely_migration (name, timestamp) values ('9999-later', now()::text)`;
    await sql.end();
    expect(await migrate(settings)).toEqual([]);
  });

  test('an unreachable server and a wrong password are errors of the connection', async () => {
    const nowhere = migrate(settingsOf('postgres://postgres@127.0.0.1:1/none'));
    await expect(nowhere).rejects.toMatchObject({ code: 'connection_failed', temporary: true });
    const url = new URL(server.url);
    url.password = 'wrong';
    const refused = migrate(settingsOf(url.href));
    await expect(refused).rejects.toMatchObject({ code: 'connection_failed', temporary: false });
  });

  test('an address that is none shows no password', async () => {
    const secret = 'postgres://user:s3cret@[bad';
    await expect(migrate(settingsOf(secret))).rejects.toSatisfy(
      (error: Error) => !JSON.stringify([error.message, error.stack, error.cause]).includes('s3cret'),
    );
  });
});

test('schema.sql is what the migrations make (vitest -u writes it)', async () => {
  const settings = settingsOf(urlOf(`${server.name}_dump`));
  await migrate(settings);
  const store = openStore(settings);
  const dump = await dumpSchema(store.db);
  await store.close();
  await expect(dump).toMatchFileSnapshot(resolve(WORKSPACE_FOLDER, 'packages/shared/src/store/schema.sql'));
});
