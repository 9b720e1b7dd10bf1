import { type Kysely, sql } from 'kysely';

/**
 * Sessions and their events. Keys are compared byte by byte (collation C), whatever the database's language.
 * History is read newest first along `asr_sessions_history`. Sessions leave room in their pages, since each of
 * their segments updates them in place.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table asr_sessions (
      id text collate "C" not null,
      incarnation text collate "C" not null,
      begun boolean not null default false,
      deleted boolean not null default false,
      user_id text not null default '',
      status text not null default 'active' check (status in ('active', 'completed', 'abandoned')),
      language text,
      final_text text,
      chunk_count bigint not null default 0,
      segment_count bigint not null default 0,
      lost_chunk_count bigint not null default 0,
      audio_seconds double precision not null default 0,
      created_at timestamptz(3) not null,
      completed_at timestamptz(3),
      primary key (id, incarnation)
    ) with (fillfactor = 80)`.execute(db);
  await sql`
    create index asr_sessions_history on asr_sessions (created_at, id, incarnation)
    where not deleted`.execute(db);
  await sql`
    create table asr_chunks (
      session_id text collate "C" not null,
      incarnation text collate "C" not null,
      seq bigint not null,
      kind text not null check (kind in ('chunk_result', 'error', 'final_result')),
      segment_index bigint,
      first_chunk_index bigint,
      last_chunk_index bigint,
      text text,
      start_seconds double precision,
      end_seconds double precision,
      confidence double precision,
      words jsonb,
      audio_bytes bigint,
      queue_ms double precision,
      decode_ms double precision,
      worker text,
      error text,
      error_message text,
      mark text,
      event text not null,
      primary key (session_id, incarnation, seq)
    )`.execute(db);
}
