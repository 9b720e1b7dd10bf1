import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Statements, Store } from '../store/open-store.js';
import { createReadings } from './readings.js';
import { LATENCY_BUCKETS_S } from './registry.js';

/** Metrics of a store's statements: to be given to it when it is opened. */
export function createStatementMetrics(registry: Registry): Statements {
  const registers = [registry];
  const seconds = new Histogram({
    name: 'tributary_postgres_query_seconds',
    help: 'Duration of one statement on its connection',
    buckets: [...LATENCY_BUCKETS_S],
    registers,
  });
  const failures = new Counter({
    name: 'tributary_postgres_failures_total',
    help: 'Statements that failed',
    registers,
  });
  return {
    succeeded: (durationMs) => seconds.observe(durationMs / 1_000),
    failed: () => failures.inc(),
  };
}

/** Metrics of a store's connections. */
export function addPoolMetrics(registry: Registry, { pool }: Store): void {
  new Gauge({
    name: 'tributary_postgres_connections',
    help: 'Connections of the pool: `busy`, `idle`',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.set({ state: 'busy' }, pool.busy);
      this.set({ state: 'idle' }, pool.idle);
    },
  });
  createReadings(registry).gauge(
    'tributary_postgres_waiting_queries',
    'Statements that wait for a connection',
    () => pool.waiting,
  );
}
