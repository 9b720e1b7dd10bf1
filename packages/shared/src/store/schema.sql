create table asr_chunks (
  session_id text collate "C" not null,
  incarnation text collate "C" not null,
  seq bigint not null,
  kind text not null,
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
  channel smallint,
  constraint asr_chunks_kind_check CHECK ((kind = ANY (ARRAY['chunk_result'::text, 'error'::text, 'final_result'::text]))),
  constraint asr_chunks_pkey PRIMARY KEY (session_id, incarnation, seq)
);

CREATE TRIGGER total_delete AFTER DELETE ON public.asr_chunks REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION asr_total_chunks();

CREATE TRIGGER total_insert AFTER INSERT ON public.asr_chunks REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asr_total_chunks();

CREATE TRIGGER total_truncate AFTER TRUNCATE ON public.asr_chunks FOR EACH STATEMENT EXECUTE FUNCTION asr_total_truncate();

create table asr_sessions (
  id text collate "C" not null,
  incarnation text collate "C" not null,
  begun boolean not null default false,
  deleted boolean not null default false,
  user_id text not null default ''::text,
  status text not null default 'active'::text,
  language text,
  final_text text,
  chunk_count bigint not null default 0,
  segment_count bigint not null default 0,
  lost_chunk_count bigint not null default 0,
  audio_seconds double precision not null default 0,
  created_at timestamp(3) with time zone not null,
  completed_at timestamp(3) with time zone,
  constraint asr_sessions_pkey PRIMARY KEY (id, incarnation),
  constraint asr_sessions_status_check CHECK ((status = ANY (ARRAY['active'::text, 'completed'::text, 'abandoned'::text])))
) with (fillfactor=80);

CREATE INDEX asr_sessions_history ON public.asr_sessions USING btree (created_at, id, incarnation) WHERE (NOT deleted);

CREATE TRIGGER total_delete AFTER DELETE ON public.asr_sessions REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION asr_total_sessions();

CREATE TRIGGER total_insert AFTER INSERT ON public.asr_sessions REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asr_total_sessions();

CREATE TRIGGER total_truncate AFTER TRUNCATE ON public.asr_sessions FOR EACH STATEMENT EXECUTE FUNCTION asr_total_truncate();

CREATE TRIGGER total_update AFTER UPDATE ON public.asr_sessions REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION asr_total_sessions();

create table asr_totals (
  slot integer not null,
  sessions bigint not null default 0,
  audio_ms bigint not null default 0,
  decoded_ms bigint not null default 0,
  decode_us bigint not null default 0,
  constraint asr_totals_pkey PRIMARY KEY (slot)
) with (fillfactor=20);

CREATE OR REPLACE FUNCTION public.asr_add_totals(sessions bigint, audio_ms bigint, decoded_ms bigint, decode_us bigint)
 RETURNS void
 LANGUAGE sql
AS $function$
      insert into asr_totals as t (slot, sessions, audio_ms, decoded_ms, decode_us)
      select pg_backend_pid() % 64, $1, $2, $3, $4
      where ($1, $2, $3, $4) <> (0, 0, 0, 0)
      on conflict (slot) do update set
        sessions = t.sessions + excluded.sessions,
        audio_ms = t.audio_ms + excluded.audio_ms,
        decoded_ms = t.decoded_ms + excluded.decoded_ms,
        decode_us = t.decode_us + excluded.decode_us
    $function$;

CREATE OR REPLACE FUNCTION public.asr_total_chunks()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.asr_total_sessions()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.asr_total_truncate()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      if tg_table_name = 'asr_sessions' then
        update asr_totals set sessions = 0, audio_ms = 0;
      else
        update asr_totals set decoded_ms = 0, decode_us = 0;
      end if;
      return null;
    end $function$;
