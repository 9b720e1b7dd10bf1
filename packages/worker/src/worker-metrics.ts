import { createLabelledCounter, createReadings, LATENCY_BUCKETS_S } from '@tributary/shared';
import { Counter, Histogram, type Registry } from 'prom-client';

/** What a worker counts. */
export interface WorkerMetrics {
  segments: Counter;
  audioSeconds: Counter;
  decodeSeconds: Histogram;
  realTimeFactor: Histogram;
  interimDelaySeconds: Histogram;
  interimDecodeSeconds: Histogram;
  queueSeconds: Histogram;
  commits: Counter<'outcome'>;
  commitSeconds: Histogram;
  replays: Counter;
  holes: Counter;
  lostChunks: Counter;
  endedSessions: Counter<'status'>;
}

export interface WorkerReadings {
  sessions(): number;
  /** 0 to 1. */
  busyRatio(): number;
  waitingSegments(): number;
  waitingBytes(): number;
  failedSegments(): number;
  /** Segments that can be decoded at a time. */
  concurrency(): number;
  /** Troubles of the recogniser so far. */
  engineIncidents(): number;
  oldestAgeSeconds(): number;
}

const COMMIT_OUTCOMES = ['ok', 'done', 'stale', 'fenced'] as const;
const END_STATUSES = ['completed', 'abandoned'] as const;
/** Finer than others: what a person who reads along waits for is told apart from them. */
const INTERIM_BUCKETS_S = [
  0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.125, 0.15, 0.175, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6,
  0.8, 1, 1.5, 2.5, 5,
];
const FACTOR_BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 5];

export function createWorkerMetrics(registry: Registry, readings: WorkerReadings): WorkerMetrics {
  const registers = [registry];
  const { gauge, counter: counting } = createReadings(registry);
  gauge('tributary_worker_sessions', 'Sessions being recognised', readings.sessions);
  gauge(
    'tributary_worker_busy_ratio',
    'Share of the recogniser that was decoding, mean of the last 15 seconds',
    readings.busyRatio,
  );
  gauge('tributary_worker_concurrency', 'Segments that can be decoded at a time', readings.concurrency);
  gauge('tributary_worker_waiting_segments', 'Segments waiting for the recogniser', readings.waitingSegments);
  gauge('tributary_worker_waiting_bytes', 'Audio waiting for, or in, recognition', readings.waitingBytes);
  gauge(
    'tributary_worker_oldest_entry_age_seconds',
    'Largest age of an unprocessed entry of all shards held',
    readings.oldestAgeSeconds,
  );
  counting(
    'tributary_worker_failed_segments_total',
    'Segments that could not be recognised',
    readings.failedSegments,
  );
  counting(
    'tributary_worker_engine_incidents_total',
    'Troubles of the recogniser: one of its processes died, or its server went away or came back',
    readings.engineIncidents,
  );
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const histogram = (name: string, help: string, buckets: readonly number[] = LATENCY_BUCKETS_S): Histogram =>
    new Histogram({ name, help, buckets: [...buckets], registers });
  return {
    segments: counter('tributary_worker_segments_total', 'Segments recognised'),
    audioSeconds: counter('tributary_worker_audio_seconds_total', 'Audio recognised'),
    decodeSeconds: histogram(
      'tributary_worker_decode_seconds',
      'Time the recogniser took for one segment, without interim text and what it recognised while the speaker paused',
    ),
    realTimeFactor: histogram(
      'tributary_worker_real_time_factor',
      'Decoding time of a segment divided by its length',
      FACTOR_BUCKETS,
    ),
    interimDelaySeconds: histogram(
      'tributary_worker_interim_delay_seconds',
      'Age of the audio that an interim text is the first of, on average, since it came to the recogniser’s process (not the wait for a place there)',
      INTERIM_BUCKETS_S,
    ),
    interimDecodeSeconds: histogram(
      'tributary_worker_interim_decode_seconds',
      'What of that was spent on decoding',
      INTERIM_BUCKETS_S,
    ),
    queueSeconds: histogram(
      'tributary_worker_queue_seconds',
      'From a segment being cut to its commit, without decoding',
    ),
    commits: createLabelledCounter(registry, 'outcome', COMMIT_OUTCOMES, {
      name: 'tributary_worker_commits_total',
      help: 'Commits by outcome: `ok`, `done` before, `stale` (session gone), `fenced` (lease lost)',
    }),
    commitSeconds: histogram('tributary_worker_commit_seconds', 'Duration of one commit'),
    replays: counter('tributary_worker_replays_total', 'Sessions taken up again from their mark'),
    holes: counter('tributary_worker_holes_reported_total', 'Missing entries reported to gateways'),
    lostChunks: counter(
      'tributary_worker_lost_chunks_total',
      'Chunks that never came, of sessions that ended',
    ),
    endedSessions: createLabelledCounter(registry, 'status', END_STATUSES, {
      name: 'tributary_worker_ended_sessions_total',
      help: 'Sessions that ended: `completed`, `abandoned`',
    }),
  };
}
