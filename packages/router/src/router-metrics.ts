import { createReadings, LATENCY_BUCKETS_S } from '@tributary/shared';
import { Counter, Histogram, type Registry } from 'prom-client';

/** What a router counts. */
export interface RouterMetrics {
  events: Counter;
  deliverySeconds: Histogram;
  gaps: Counter;
  healedSessions: Counter;
  storedRows: Counter;
  refusedRows: Counter;
  batchRows: Histogram;
  storeSeconds: Histogram;
  storeFailures: Counter;
  abandoned: Counter;
}

export interface RouterReadings {
  waitingRows(): number;
  oldestAgeSeconds(): number;
}

const BATCH_BUCKETS_ROWS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000];

export function createRouterMetrics(registry: Registry, readings: RouterReadings): RouterMetrics {
  const registers = [registry];
  const { gauge } = createReadings(registry);
  gauge('tributary_router_waiting_rows', 'Rows waiting to be stored', readings.waitingRows);
  gauge(
    'tributary_router_oldest_result_age_seconds',
    'Largest age of an unprocessed result of all shards held',
    readings.oldestAgeSeconds,
  );
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const histogram = (name: string, help: string, buckets: readonly number[] = LATENCY_BUCKETS_S): Histogram =>
    new Histogram({ name, help, buckets: [...buckets], registers });
  return {
    events: counter('tributary_router_events_total', 'Events appended for clients'),
    deliverySeconds: histogram(
      'tributary_router_delivery_seconds',
      "From a result's commit, by Redis' clock, to its being published",
    ),
    gaps: counter(
      'tributary_router_gaps_total',
      'Batches given up since an earlier event was missing; the shard is taken anew',
    ),
    healedSessions: counter(
      'tributary_router_healed_sessions_total',
      'Sessions raised to what PostgreSQL holds after Redis came back older',
    ),
    storedRows: counter('tributary_router_stored_rows_total', 'Rows stored'),
    refusedRows: counter('tributary_router_refused_rows_total', 'Rows that PostgreSQL refused for good'),
    batchRows: histogram('tributary_router_store_batch_rows', 'Rows of one batch', BATCH_BUCKETS_ROWS),
    storeSeconds: histogram('tributary_router_store_seconds', 'Duration of one batch'),
    storeFailures: counter(
      'tributary_router_store_failures_total',
      'Batches that failed and were tried again',
    ),
    abandoned: counter('tributary_router_abandoned_sessions_total', 'Sessions ended by their deadline'),
  };
}
