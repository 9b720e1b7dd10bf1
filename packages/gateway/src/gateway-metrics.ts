import { createLabelledCounter, createReadings, ERRORS, LATENCY_BUCKETS_S } from '@tributary/shared';
import { Counter, Histogram, type Registry } from 'prom-client';
import { CLOSE_LABELS } from './socket/close-label.js';

/** What a gateway counts. Values that exist anyway are read when they are asked for. */
export interface GatewayMetrics {
  opened: Counter;
  closes: Counter<'code'>;
  upgradeRefusals: Counter<'reason'>;
  attaches: Counter<'how'>;
  chunks: Counter;
  chunkBytes: Counter;
  ackSeconds: Histogram;
  backpressure: Counter<'kind'>;
  errors: Counter<'code'>;
  events: Counter;
  eventsFilled: Counter;
  resultSeconds: Histogram;
}

export interface GatewayReadings {
  connections(): number;
  sessions(): number;
  inFlightBytes(): number;
  appendRefusals(): number;
  /** 0 to 1; 0 without a limit. */
  redisMemoryRatio(): number;
}

export function createGatewayMetrics(registry: Registry, readings: GatewayReadings): GatewayMetrics {
  addReadings(registry, readings);
  const registers = [registry];
  const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
  const histogram = (name: string, help: string): Histogram =>
    new Histogram({ name, help, buckets: [...LATENCY_BUCKETS_S], registers });
  return {
    opened: counter('tributary_gateway_connections_opened_total', 'WebSocket connections accepted'),
    closes: createLabelledCounter(registry, 'code', CLOSE_LABELS, {
      name: 'tributary_gateway_closes_total',
      help: 'Connections closed, by WebSocket close code; `other` for codes that clients made up',
    }),
    upgradeRefusals: createLabelledCounter(registry, 'reason', ['draining'], {
      name: 'tributary_gateway_upgrade_refusals_total',
      help: 'Upgrades refused: `draining`',
    }),
    attaches: createLabelledCounter(registry, 'how', ['start', 'resume'], {
      name: 'tributary_gateway_attaches_total',
      help: 'Sessions attached to a connection: `start`, `resume`',
    }),
    chunks: counter('tributary_gateway_chunks_total', 'Chunks taken from clients'),
    chunkBytes: counter('tributary_gateway_chunk_bytes_total', 'Bytes of audio taken from clients'),
    ackSeconds: histogram(
      'tributary_gateway_ack_seconds',
      'From a chunk being taken to Redis confirming it and all before it',
    ),
    backpressure: createLabelledCounter(registry, 'kind', ['slow_down', 'slow_reader', 'replay_wait'], {
      name: 'tributary_gateway_backpressure_total',
      help: '`slow_down`: chunks refused for now; `slow_reader`: sockets closed with too much unread; `replay_wait`: replays that waited for their reader',
    }),
    errors: createLabelledCounter(registry, 'code', Object.keys(ERRORS), {
      name: 'tributary_gateway_errors_total',
      help: 'Errors told to clients',
    }),
    events: counter('tributary_gateway_events_total', 'Events sent to clients'),
    eventsFilled: counter(
      'tributary_gateway_events_filled_total',
      'Events that were read after a gap or a resume instead of being published',
    ),
    resultSeconds: histogram(
      'tributary_gateway_result_seconds',
      "End to end: from the entry that completed a segment being appended, by Redis' clock, to its result being sent",
    ),
  };
}

function addReadings(registry: Registry, readings: GatewayReadings): void {
  const { gauge, counter } = createReadings(registry);
  gauge('tributary_gateway_connections', 'Open WebSocket connections', readings.connections);
  gauge('tributary_gateway_sessions', 'Sessions carried by open connections', readings.sessions);
  gauge(
    'tributary_gateway_in_flight_bytes',
    'Audio that Redis has not confirmed yet',
    readings.inFlightBytes,
  );
  gauge(
    'tributary_gateway_redis_memory_ratio',
    "Used share of Redis' maxmemory, of the fullest master; 0 without a limit",
    readings.redisMemoryRatio,
  );
  counter(
    'tributary_gateway_append_refusals_total',
    'Appends that Redis refused; each is repeated',
    readings.appendRefusals,
  );
}
