import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { parseRedisUrl } from '../redis/parse-redis-url.js';
import { whole } from './read-config.js';

function checkRedisUrl(text: string, problems: { addIssue(message: string): void }): void {
  try {
    parseRedisUrl(text);
  } catch (error) {
    problems.addIssue(error instanceof Error ? error.message : String(error));
  }
}

function checkHttpUrl(text: string, problems: { addIssue(message: string): void }): void {
  const protocol = URL.canParse(text) ? new URL(text).protocol : '';
  if (protocol !== 'http:' && protocol !== 'https:') problems.addIssue('not an http:// or https:// address');
}

/**
 * Every setting of every process, in one place: `docs/configuration.md` is generated from it.
 * A process reads only the groups it needs.
 */
export const commonSettings = {
  REDIS_URL: z
    .string()
    .superRefine(checkRedisUrl)
    .default('redis://127.0.0.1:6379')
    .describe('Redis: `redis://…`, `redis+sentinel://…` or `redis+cluster://…`; see docs/redis.md'),
  SHARDS: whole(1, 4_096).default(64).describe('slices of all sessions; fixed for the life of a deployment'),
  LEASE_MS: whole(500, 60_000)
    .default(3_000)
    .describe('how long a dead worker or router keeps its shards from the others'),
  SESSION_GRACE_MS: whole(1_000, 3_600_000)
    .default(60_000)
    .describe('how long a session whose client is away stays open'),
  EVENTS_TTL_MS: whole(1_000, 86_400_000)
    .default(3_600_000)
    .describe('how long an ended session can still be resumed to read what it missed'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('least severe log line written'),
  LOG_FORMAT: z
    .enum(['auto', 'json', 'pretty'])
    .default('auto')
    .describe('`json`: an object a line; `pretty`: for people; `auto`: `pretty` in a terminal, else `json`'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .superRefine(checkHttpUrl)
    .optional()
    .describe('OTLP/HTTP receiver of OpenTelemetry spans, such as `http://127.0.0.1:4318`; none: no tracing'),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .default('')
    .describe('headers sent to that receiver: `name=value,…`, values percent-encoded'),
  TRACE_SAMPLE_RATIO: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('share of the sessions traced among those whose client sends no `traceparent`'),
  INSTANCE_ID: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,64}$/)
    .default(
      hostname()
        .replace(/[^A-Za-z0-9_.-]/g, '-')
        .slice(0, 64) || 'local',
    )
    .describe(
      'name of this process in logs and in Redis; a random part is added. A worker or router that starts again under its name takes what its predecessor held at once: give each process its own',
    ),
} as const;

export const databaseSettings = {
  DATABASE_URL: z.string().optional().describe('PostgreSQL server; wins over the DB_ settings'),
  DB_HOST: z.string().default('127.0.0.1').describe('PostgreSQL host'),
  DB_PORT: whole(1, 65_535).default(5_432).describe('PostgreSQL port'),
  DB_USER: z.string().default('postgres').describe('PostgreSQL user'),
  DB_PASSWORD: z.string().default('').describe('PostgreSQL password'),
  DB_NAME: z.string().default('tributary').describe('PostgreSQL database; made when missing and allowed'),
  DB_POOL_SIZE: whole(1, 100).default(5).describe('connections to PostgreSQL of one process'),
} as const;

export const gatewaySettings = {
  HOST: z.string().default('0.0.0.0').describe('address the gateway listens on'),
  PORT: whole(0, 65_535).default(8_080).describe('port the gateway listens on; 0 picks a free one'),
  ADMIN_PORT: whole(0, 65_535)
    .default(0)
    .describe(
      'a second port of /livez, /readyz and /metrics, which is still open while the gateway drains; 0 for none',
    ),
  MAX_CHUNK_BYTES: whole(1_024, 67_108_864).default(8_388_608).describe('largest chunk, decoded'),
  MAX_SESSIONS_PER_SOCKET: whole(1, 1_024).default(16).describe('sessions one socket may carry at a time'),
  MAX_SESSION_SECONDS: whole(1, 86_400).default(14_400).describe('longest session'),
  MAX_SESSION_IN_FLIGHT_BYTES: whole(65_536, 268_435_456)
    .default(16_777_216)
    .describe('audio of one session that Redis has not confirmed yet; more is answered slow_down'),
  MAX_GATEWAY_IN_FLIGHT_BYTES: whole(1_048_576, 4_294_967_296)
    .default(268_435_456)
    .describe('the same over all sessions of a gateway'),
  MAX_SOCKET_BACKLOG_BYTES: whole(65_536, 268_435_456)
    .default(1_048_576)
    .describe('text a slow reader may leave unread before its socket is closed'),
  IDLE_TIMEOUT_MS: whole(0, 86_400_000)
    .default(3_600_000)
    .describe('a socket that sends nothing for so long is closed; 0 never'),
  DRAIN_MS: whole(0, 600_000)
    .default(20_000)
    .describe('how long a stopping gateway waits for its clients to move'),
  CORS_ORIGIN: z.string().default('*').describe('Access-Control-Allow-Origin of the REST API; none for none'),
  API_KEYS: z.string().default('').describe('comma-separated keys, one of which the REST API then wants'),
  FUNASR_ADDR: z
    .string()
    .optional()
    .describe(
      'address of an upstream recognition server: asked by the remote engine, shown in the queue status',
    ),
  REDIS_SHED_RATIO: z.coerce
    .number()
    .min(0.1)
    .max(1)
    .default(0.7)
    .describe('share of Redis maxmemory above which new sessions are refused'),
} as const;

export const routerSettings = {
  ADMIN_PORT: whole(0, 65_535)
    .default(0)
    .describe('port of /livez, /readyz and /metrics; 0 picks a free one'),
  STORE_BATCH_ROWS: whole(1, 10_000).default(500).describe('most rows stored in one statement'),
  STORE_WAITING_ROWS: whole(1, 1_000_000)
    .default(20_000)
    .describe('rows that may wait for PostgreSQL in the memory of a router; what is more waits in Redis'),
} as const;

export const workerSettings = {
  ADMIN_PORT: routerSettings.ADMIN_PORT,
  ENGINE: z
    .enum(['auto', 'sherpa', 'pocketsphinx', 'remote', 'synthetic'])
    .default('auto')
    .describe('recogniser'),
  ENGINE_PROCESSES: whole(0, 256)
    .default(0)
    .describe('recogniser processes (of sherpa: for each model); 0 is one a core'),
  FUNASR_ADDR: gatewaySettings.FUNASR_ADDR,
  REMOTE_MODEL: z.string().default('whisper-1').describe('model that the remote engine asks for'),
  REMOTE_API_KEY: z.string().optional().describe('key that the remote engine sends as a bearer token'),
  REMOTE_TIMEOUT_MS: whole(100, 600_000)
    .default(60_000)
    .describe('how long the remote engine waits for the text of a segment before it asks again'),
  REMOTE_CONCURRENCY: whole(1, 10_000).default(8).describe('segments the remote engine asks for at a time'),
  SYNTHETIC_RTF: z.coerce
    .number()
    .min(0)
    .max(100)
    .default(0)
    .describe('real-time factor of the synthetic engine, reached by waiting'),
  SYNTHETIC_LATENCY_MS: whole(0, 60_000)
    .default(0)
    .describe('time the synthetic engine adds to each segment'),
  SYNTHETIC_CONCURRENCY: whole(1, 100_000)
    .default(1_000)
    .describe('segments the synthetic engine takes at a time'),
  MODELS_DIR: z
    .string()
    .default(join(homedir(), '.cache', 'tributary', 'models'))
    .describe('folder of the speech models; `npm run model` fetches them'),
  SHERPA_MODELS: z
    .string()
    .default('')
    .describe('comma-separated models of `MODELS_DIR` that the sherpa engine serves; all of them when empty'),
  MAX_SEGMENT_SECONDS: whole(1, 300).default(30).describe('longest segment'),
  HOLE_WAIT_MS: whole(100, 60_000)
    .default(2_000)
    .describe('stream time after which a missing chunk is asked for'),
  WORKER_BUFFER_BYTES: whole(1_048_576, 17_179_869_184)
    .default(268_435_456)
    .describe('audio a worker keeps in memory before it stops reading'),
} as const;
