import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.js';

/** Figures over everything stored. */
export interface StoreStats {
  total_tasks: number;
  /** Seconds of audio. */
  total_duration: number;
  /** Seconds of decoding for each second of recognised audio; 0 when nothing was recognised. */
  avg_rtf: number;
  /** Bytes on the database's disk, indexes included. */
  storage_used: number;
}

/**
 * Reads what triggers have summed up, and the sizes of the tables: cheap however many sessions are stored.
 *
 * @throws StoreError
 */
export async function readStats(db: Kysely<Tables>): Promise<StoreStats> {
  return await db
    .selectFrom('asr_totals')
    .select([
      sql<number>`coalesce(sum(sessions), 0)::bigint`.as('total_tasks'),
      sql<number>`coalesce(sum(audio_ms), 0)::double precision / 1000`.as('total_duration'),
      sql<number>`coalesce(sum(decode_us)::double precision / nullif(sum(decoded_ms), 0) / 1000, 0)`.as(
        'avg_rtf',
      ),
      sql<number>`pg_total_relation_size('asr_sessions') + pg_total_relation_size('asr_chunks')`.as(
        'storage_used',
      ),
    ])
    .executeTakeFirstOrThrow();
}
