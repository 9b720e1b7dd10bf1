import { createReadings, LATENCY_BUCKETS_S } from '@tributary/shared';
import { Counter, Histogram, type Registry } from 'prom-client';

/** What a worker counts. */
export interface WorkerMetrics {
  segments: Counter;
  audioSeconds: Counter;
  decodeSeconds: Counter;
  queueSeconds: Histogram;
  commits: Counter<'outcome'>;
  holes: Counter;
}

export interface WorkerReadings {
  shards(): number;
  sessions(): number;
  /** 0 to 1. */
  busyRatio(): number;
  waitingSegments(): number;
  waitingBytes(): number;
  failedSegments(): number;
  oldestAgeSeconds(): number;
  handOvers(): number;
}

export function createWorkerMetrics(registry: Registry, readings: WorkerReadings): WorkerMetrics {
  const registers = [registry];
  const { gauge, counter: counting } = createReadings(registry);
  gauge('tributary_worker_shards', 'Leases held', readings.shards);
  gauge('tributary_worker_sessions', 'Sessions being recognised', readings.sessions);
  gauge('tributary_worker_busy_ratio', 'Share of the recogniser that is decoding', readings.busyRatio);
  gauge('tributary_worker_waiting_segments', 'Segments waiting for the recogniser', readings.waitingSegments);
  gauge('tributary_worker_waiting_bytes', 'Audio waiting for, or in, recognition', readings.waitingBytes);
  gauge(
    'tributary_worker_oldest_entry_age_seconds',
    'Age of the oldest entry read and not concluded',
    readings.oldestAgeSeconds,
  );
  counting(
    'tributary_worker_failed_segments_total',
    'Segments that could not be recognised',
    readings.failedSegments,
  );
  counting('tributary_worker_hand_overs_total', 'Shards handed over', readings.handOvers);
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  return {
    segments: counter('tributary_worker_segments_total', 'Segments recognised'),
    audioSeconds: counter('tributary_worker_audio_seconds_total', 'Audio recognised'),
    decodeSeconds: counter('tributary_worker_decode_seconds_total', 'Time spent decoding'),
    queueSeconds: new Histogram({
      name: 'tributary_worker_queue_seconds',
      help: 'From a segment being cut to its commit, without decoding',
      buckets: [...LATENCY_BUCKETS_S],
      registers,
    }),
    commits: new Counter({
      name: 'tributary_worker_commits_total',
      help: 'Commits by outcome: ok, done before, stale (session gone), fenced (lease lost)',
      labelNames: ['outcome'],
      registers,
    }),
    holes: counter('tributary_worker_holes_reported_total', 'Missing entries reported to gateways'),
  };
}
