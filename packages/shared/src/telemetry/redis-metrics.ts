import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ConnectionHealth } from '../redis/connection-health.js';
import type { RedisClient } from '../redis/redis-client.js';
import type { Logger } from './logger.js';
import { LATENCY_BUCKETS_S } from './registry.js';

const PING_MS = 1_000;
/** Redis answers within a fraction of a millisecond. */
const PING_BUCKETS_S = [0.0005, 0.001, 0.0025, ...LATENCY_BUCKETS_S] as const;

export interface RedisMetricsOptions {
  registry: Registry;
  /** The connection that is pinged once a second; while it owes an answer no further ping is sent. */
  commands: RedisClient;
  connections: Readonly<Record<string, ConnectionHealth>>;
  logger: Logger;
}

/** Metrics of a process' connections to Redis. Call what is returned to stop pinging. */
export function startRedisMetrics(options: RedisMetricsOptions): () => void {
  const { registry, commands, connections, logger } = options;
  const registers = [registry];
  const labelNames = ['connection'];
  const each = Object.entries(connections);
  new Gauge({
    name: 'tributary_redis_up',
    help: '1 while the connection to Redis can be used',
    labelNames,
    registers,
    collect() {
      for (const [connection, { up }] of each) this.set({ connection }, up ? 1 : 0);
    },
  });
  new Counter({
    name: 'tributary_redis_outages_total',
    help: 'Connections to Redis that were lost',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const [connection, { outages }] of each) this.inc({ connection }, outages);
    },
  });
  const pings = new Histogram({
    name: 'tributary_redis_ping_seconds',
    help: 'Round trip of a PING, once a second',
    buckets: [...PING_BUCKETS_S],
    registers,
  });
  let owed = false;
  const ping = async (): Promise<void> => {
    if (owed || commands.status !== 'ready') return;
    owed = true;
    const stop = pings.startTimer();
    try {
      await commands.ping();
      stop();
    } catch (error) {
      logger.debug({ err: String(error) }, 'redis not pinged');
    } finally {
      owed = false;
    }
  };
  const timer = setInterval(() => void ping(), PING_MS);
  return () => clearInterval(timer);
}
