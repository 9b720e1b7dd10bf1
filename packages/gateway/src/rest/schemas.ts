import { ERRORS, type ErrorCode, SESSION_ID_PATTERN } from '@tributary/shared';
import { MAX_HISTORY_LIMIT } from '@tributary/shared/store';
import { z } from 'zod';

/**
 * Every shape of the REST API. Requests are validated by these schemas, tests hold the answers against them, and the
 * OpenAPI document is generated from them. Answers may gain fields; none is taken away.
 */

const DEFAULT_HISTORY_LIMIT = 50;
const MAX_CURSOR_LENGTH = 256;

const count = z.int().min(0);
const seconds = z.number().min(0);
const time = z.iso.datetime();
const sessionStatus = z.enum(['active', 'completed', 'abandoned']);

export const SessionPath = z.object({
  id: z
    .string()
    .regex(SESSION_ID_PATTERN, { error: ERRORS.invalid_session_id.message })
    .describe('Id of a session.'),
});

export const HistoryParameters = z.object({
  limit: z
    .string()
    .regex(/^\d{1,9}$/, { error: `expected a whole number from 1 to ${MAX_HISTORY_LIMIT}` })
    .transform(Number)
    .pipe(z.int().min(1).max(MAX_HISTORY_LIMIT))
    .default(DEFAULT_HISTORY_LIMIT)
    .describe('Most records of the page.'),
  before: z
    .string()
    .min(1)
    .max(MAX_CURSOR_LENGTH)
    .optional()
    .describe('`next` of the page before, or an ISO 8601 time.'),
});

export const Failure = z.object({
  error: z.string().describe('What went wrong, for people.'),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]).describe('What went wrong, for programs.'),
});
export type Failure = z.infer<typeof Failure>;

export const Health = z.object({
  status: z
    .enum(['ready', 'degraded', 'unavailable'])
    .describe(
      '`degraded`: speech is taken, but something it needs is missing. `unavailable` comes with status 503.',
    ),
  gateway_ready: z.boolean().describe('This gateway accepts clients; false while it starts and drains.'),
  redis_ready: z.boolean(),
  db_ready: z.boolean(),
  funasr_ready: z
    .boolean()
    .describe(
      'Speech can be recognised: the upstream server answers where one is set, else a worker is alive.',
    ),
  workers_ready: count.describe('Workers that are alive.'),
  routers_ready: count.describe('Routers that are alive.'),
  version: z.string(),
  uptime_seconds: seconds.describe('Of this gateway.'),
});
export type Health = z.infer<typeof Health>;

export const HistoryRecord = z.object({
  session_id: z.string(),
  user_id: z.string(),
  text: z.string().describe('Final text; empty while the session is active.'),
  duration: seconds.describe('Seconds of audio.'),
  chunk_count: count,
  status: sessionStatus,
  created_at: time,
  completed_at: time.nullable(),
});

export const History = z.object({
  total: count.describe('All stored sessions, whatever the page.'),
  records: z.array(HistoryRecord).describe('Newest first.'),
  next: z.string().nullable().describe('`before` of the following page; null on the last one.'),
});

export const Word = z.object({
  word: z.string(),
  start: seconds,
  end: seconds,
  confidence: z.number().optional(),
});

export const SessionChunk = z.object({
  seq: count,
  segment_index: count.nullable(),
  channel: count.nullable().describe('Null where channels were mixed.'),
  first_chunk_index: count.nullable(),
  chunk_index: count.nullable().describe('Last chunk of the segment.'),
  text: z.string().nullable().describe('Null where the segment could not be recognised.'),
  start: seconds.nullable().describe('Seconds from the beginning of the session.'),
  end: seconds.nullable(),
  confidence: z.number().nullable(),
  words: z.array(Word).nullable(),
  error: Failure.nullable(),
});
export type SessionChunk = z.infer<typeof SessionChunk>;

export const Session = z.object({
  id: z.string(),
  user_id: z.string(),
  status: sessionStatus,
  language: z.string().nullable(),
  chunk_count: count.describe('Chunks whose audio is used up.'),
  lost_chunk_count: count,
  segment_count: count,
  results: z.record(z.string(), z.string()).describe('Text by the index of the last chunk it was spoken in.'),
  completed: z
    .record(z.string(), z.boolean())
    .describe('By chunk index: true when its segment was recognised, false when that failed.'),
  final_text: z.string().nullable().describe('Null while the session is active.'),
  duration: seconds.describe('Seconds of audio.'),
  created_at: time,
  completed_at: time.nullable().describe('Null until the end is stored, moments after the final result.'),
  chunks: z.array(SessionChunk).describe('Segments and failures in the order in which the client got them.'),
  truncated: z
    .boolean()
    .describe('There is more in `results`, `completed` and `chunks` than one answer shows.'),
});
export type Session = z.infer<typeof Session>;

export const Deleted = z.object({ deleted: z.literal(true), id: z.string() });

export const Stats = z.object({
  total_tasks: count.describe('Stored sessions.'),
  total_duration: seconds.describe('Seconds of audio of all sessions.'),
  avg_rtf: z.number().min(0).describe('Seconds of decoding for each second of recognised audio.'),
  storage_used: count.describe('Bytes on the disk of the database.'),
});

export const Upstream = z.object({
  address: z.string(),
  reachable: z.boolean(),
  http_status: z.int().nullable(),
  answer: z.unknown().describe('What the server said: JSON, or text when it is none.'),
  error: z.string().nullable(),
});
export type Upstream = z.infer<typeof Upstream>;

export const QueueStatus = z.object({
  queued: count.describe('Segments that wait for recognition.'),
  processing: count.describe('Segments being recognised.'),
  failed: count.describe('Segments that could not be recognised, since their workers began.'),
  workers: count,
  workers_busy: count.describe('Workers that are recognising something.'),
  concurrency: count.describe('Segments that all workers together recognise at a time.'),
  sessions: count.describe('Sessions the workers are busy with.'),
  engines: z.record(z.string(), count).describe('Workers by the name of their recogniser.'),
  audio_entries: count.describe('Entries in the audio streams: what workers have not concluded yet.'),
  routers: count,
  upstream: Upstream.optional().describe('Only where an upstream server is set.'),
});
export type QueueStatus = z.infer<typeof QueueStatus>;
