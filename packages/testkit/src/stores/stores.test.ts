import { Redis } from 'ioredis';
import postgres from 'postgres';
import { afterAll, describe, expect, it } from 'vitest';
import { createDatabase } from './create-database.js';
import { startPostgres } from './start-postgres.js';
import { startRedis } from './start-redis.js';

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

describe('a private Redis', () => {
  it('has the settings that it was given, and keeps its data over a kill', async () => {
    const redis = await startRedis({ appendfsync: 'always', maxmemory: '64mb', config: { hz: '20' } });
    cleanUps.push(redis.stop);
    const client = new Redis(redis.url);
    cleanUps.push(async () => client.disconnect());
    expect(await client.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always']);
    expect(await client.config('GET', 'stream-node-max-bytes')).toEqual(['stream-node-max-bytes', '16384']);
    expect(await client.config('GET', 'maxmemory')).toEqual(['maxmemory', String(64 * 1024 * 1024)]);
    expect(await client.config('GET', 'save')).toEqual(['save', '']);
    expect(await client.config('GET', 'hz')).toEqual(['hz', '20']);
    await client.set('kept', 'yes');
    await redis.process.killHard();
    await redis.process.start();
    expect(await client.get('kept')).toBe('yes');
  });
});

describe('a private PostgreSQL', () => {
  it('keeps its data over a kill', async () => {
    const server = await startPostgres();
    cleanUps.push(server.stop);
    const database = await server.createDatabase();
    const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
    cleanUps.push(async () => await sql.end({ timeout: 1 }));
    await sql`CREATE TABLE kept (text text)`;
    await sql`INSERT INTO kept VALUES ('yes')`;
    await server.process.killHard();
    await server.process.start();
    expect([...(await sql`SELECT text FROM kept`)]).toEqual([{ text: 'yes' }]);
  });
});

describe('a database', () => {
  it('is empty, its own, and dropped even while somebody uses it', async () => {
    const database = await createDatabase();
    const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
    const [row] = await sql<{ name: string }[]>`SELECT current_database() AS name`;
    expect(row?.name).toBe(database.name);
    await database.drop();
    await expect(sql`SELECT 1`).rejects.toThrow();
    await sql.end({ timeout: 1 });
  });
});
