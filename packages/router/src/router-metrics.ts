import { createReadings, LATENCY_BUCKETS_S } from '@tributary/shared';
import { Counter, Histogram, type Registry } from 'prom-client';

/** What a router counts. */
export interface RouterMetrics {
  events: Counter;
  storedRows: Counter;
  storeSeconds: Histogram;
  storeFailures: Counter;
  abandoned: Counter;
}

export interface RouterReadings {
  shards(): number;
  waitingRows(): number;
  oldestAgeSeconds(): number;
}

export function createRouterMetrics(registry: Registry, readings: RouterReadings): RouterMetrics {
  const registers = [registry];
  const { gauge } = createReadings(registry);
  gauge('tributary_router_shards', 'Leases held', readings.shards);
  gauge('tributary_router_waiting_rows', 'Rows waiting to be stored', readings.waitingRows);
  gauge(
    'tributary_router_oldest_result_age_seconds',
    'Age of the oldest result read and not stored',
    readings.oldestAgeSeconds,
  );
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name, help, buckets: [...LATENCY_BUCKETS_S], registers });
  return {
    events: counter('tributary_router_events_total', 'Events appended for clients'),
    storedRows: counter('tributary_router_stored_rows_total', 'Rows stored'),
    storeSeconds: histogram('tributary_router_store_seconds', 'Duration of one batch'),
    storeFailures: counter(
      'tributary_router_store_failures_total',
      'Batches that failed and were tried again',
    ),
    abandoned: counter('tributary_router_abandoned_sessions_total', 'Sessions ended by their deadline'),
  };
}
