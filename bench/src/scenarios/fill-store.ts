import postgres from 'postgres';

const PAGE = 100_000;
const SEGMENTS = 3;

/** Fills a database with sessions that have ended, some of which have segments; as many as asked for in all. */
export async function fillStore(
  databaseUrl: string,
  from: number,
  to: number,
  say: (line: string) => void,
): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    for (let at = from; at < to; at += PAGE) {
      const end = Math.min(to, at + PAGE) - 1;
      await sql`
        insert into asr_sessions (id, incarnation, begun, user_id, status, language, final_text, chunk_count,
          segment_count, audio_seconds, created_at, completed_at)
        select ${STORED_PREFIX} || n, '1700000000000000.stored', true, 'user-' || n % 1000, 'completed', 'en',
          repeat(md5(n::text) || ' ', 6), 80, ${SEGMENTS}, 8, now() - n * interval '1 second',
          now() - n * interval '1 second' + interval '8 seconds'
        from generate_series(${at}::int, ${end}::int) n`;
      say(`${end + 1} sessions stored`);
    }
    await sql`
      insert into asr_chunks (session_id, incarnation, seq, kind, segment_index, first_chunk_index,
        last_chunk_index, text, start_seconds, end_seconds, audio_bytes, queue_ms, decode_ms, worker, event)
      select ${STORED_PREFIX} || n, '1700000000000000.stored', s, 'chunk_result', s - 1, 0, 9, md5(n::text), s - 1,
        s, 32000, 1, 1, 'bench', '{}'
      from generate_series(0, 999) n, generate_series(1, ${SEGMENTS}::int) s
      on conflict do nothing`;
    await sql.unsafe('vacuum analyze asr_sessions; ');
    await sql.unsafe('vacuum analyze asr_chunks');
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Begins the ids of the sessions that are stored here. */
export const STORED_PREFIX = 'bench-stored-';

/** How PostgreSQL reads a page of the history: the lines of its plan. */
export async function historyPlan(databaseUrl: string): Promise<string[]> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    const rows = await sql`
      explain select * from asr_sessions where not deleted
      order by created_at desc, id desc, incarnation desc limit 51`;
    return rows.map((row) => String(row['QUERY PLAN']));
  } finally {
    await sql.end({ timeout: 5 });
  }
}
