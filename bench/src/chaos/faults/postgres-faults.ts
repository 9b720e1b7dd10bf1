import postgres from 'postgres';
import type { World } from '../world/world.js';

/** Ends every backend that serves a service, again and again. */
export async function terminateBackends(world: World, everyMs: number): Promise<void> {
  const sql = postgres(world.postgres.url, { max: 1, onnotice: () => undefined });
  const database = new URL(world.databaseUrl).pathname.slice(1);
  try {
    while (!world.over) {
      const ended = await sql`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = ${database} AND pid <> pg_backend_pid()`;
      if (ended.length > 0) world.broke(`${ended.length} backends terminated`, 'postgres');
      await world.pass(everyMs);
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** PostgreSQL is stopped, refuses connections, and comes back. */
export async function stopPostgres(world: World, ms: number): Promise<void> {
  world.broke(`stopped for ${Math.round(ms / 1_000)} s`, 'postgres');
  await world.keeper.stopGently(world.postgres.process, 5_000);
  await world.pass(ms);
  await world.keeper.revive(world.postgres.process);
}
