import { type Kysely, sql } from 'kysely';

/** Which channel a segment was heard on, where channels are recognised separately. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table asr_chunks add column channel smallint`.execute(db);
}
