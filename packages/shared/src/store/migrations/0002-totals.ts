import { type Kysely, sql } from 'kysely';

/**
 * Totals that history and statistics show, so that neither counts a million rows. Statement triggers keep them
 * right whoever writes or deletes; sums are of whole numbers, so that nothing drifts.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table asr_totals (
      slot integer primary key,
      sessions bigint not null default 0,
      audio_ms bigint not null default 0,
      decoded_ms bigint not null default 0,
      decode_us bigint not null default 0
    ) with (fillfactor = 20)`.execute(db);

  await sql`
    create function asr_add_totals(sessions bigint, audio_ms bigint, decoded_ms bigint, decode_us bigint)
    returns void language sql as $$
      insert into asr_totals as t (slot, sessions, audio_ms, decoded_ms, decode_us)
      select pg_backend_pid() % 64, $1, $2, $3, $4
      where ($1, $2, $3, $4) <> (0, 0, 0, 0)
      on conflict (slot) do update set
        sessions = t.sessions + excluded.sessions,
        audio_ms = t.audio_ms + excluded.audio_ms,
        decoded_ms = t.decoded_ms + excluded.decoded_ms,
        decode_us = t.decode_us + excluded.decode_us
    $$`.execute(db);

  await sql`
    create function asr_total_sessions() returns trigger language plpgsql as $$
    declare
      sessions bigint := 0;
      audio_ms bigint := 0;
      n bigint;
      ms bigint;
    begin
      if tg_op <> 'DELETE' then
        select count(*), coalesce(sum(round(a.audio_seconds * 1000)::bigint), 0) into n, ms
        from added a where not a.deleted;
        sessions := sessions + n;
        audio_ms := audio_ms + ms;
      end if;
      if tg_op <> 'INSERT' then
        select count(*), coalesce(sum(round(r.audio_seconds * 1000)::bigint), 0) into n, ms
        from removed r where not r.deleted;
        sessions := sessions - n;
        audio_ms := audio_ms - ms;
      end if;
      perform asr_add_totals(sessions, audio_ms, 0, 0);
      return null;
    end $$`.execute(db);

  await sql`
    create function asr_total_chunks() returns trigger language plpgsql as $$
    declare
      decoded_ms bigint;
      decode_us bigint;
    begin
      if tg_op = 'INSERT' then
        select coalesce(sum(round((c.end_seconds - c.start_seconds) * 1000)::bigint), 0),
          coalesce(sum(round(c.decode_ms * 1000)::bigint), 0) into decoded_ms, decode_us
        from added c where c.decode_ms is not null and c.end_seconds is not null;
      else
        select -coalesce(sum(round((c.end_seconds - c.start_seconds) * 1000)::bigint), 0),
          -coalesce(sum(round(c.decode_ms * 1000)::bigint), 0) into decoded_ms, decode_us
        from removed c where c.decode_ms is not null and c.end_seconds is not null;
      end if;
      perform asr_add_totals(0, 0, decoded_ms, decode_us);
      return null;
    end $$`.execute(db);

  await sql`
    create function asr_total_truncate() returns trigger language plpgsql as $$
    begin
      if tg_table_name = 'asr_sessions' then
        update asr_totals set sessions = 0, audio_ms = 0;
      else
        update asr_totals set decoded_ms = 0, decode_us = 0;
      end if;
      return null;
    end $$`.execute(db);

  for (const [table, func, updates] of [
    ['asr_sessions', 'asr_total_sessions', true],
    ['asr_chunks', 'asr_total_chunks', false],
  ] as const) {
    const on = sql`on ${sql.table(table)}`;
    const run = sql`for each statement execute function ${sql.id(func)}()`;
    await sql`create trigger total_insert after insert ${on} referencing new table as added ${run}`.execute(
      db,
    );
    await sql`create trigger total_delete after delete ${on} referencing old table as removed ${run}`.execute(
      db,
    );
    if (updates) {
      await sql`
        create trigger total_update after update ${on}
        referencing old table as removed new table as added ${run}`.execute(db);
    }
    await sql`
      create trigger total_truncate after truncate ${on}
      for each statement execute function asr_total_truncate()`.execute(db);
  }
}
