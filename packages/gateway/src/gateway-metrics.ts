import { createReadings, LATENCY_BUCKETS_S } from '@tributary/shared';
import { Counter, Histogram, type Registry } from 'prom-client';

/** What a gateway counts. Values that exist anyway are read when they are asked for. */
export interface GatewayMetrics {
  chunks: Counter;
  chunkBytes: Counter;
  ackSeconds: Histogram;
  errors: Counter<'code'>;
  events: Counter;
}

export interface GatewayReadings {
  connections(): number;
  sessions(): number;
  inFlightBytes(): number;
  appendRefusals(): number;
}

export function createGatewayMetrics(registry: Registry, readings: GatewayReadings): GatewayMetrics {
  const registers = [registry];
  const { gauge, counter: counting } = createReadings(registry);
  gauge('tributary_gateway_connections', 'Open WebSocket connections', readings.connections);
  gauge('tributary_gateway_sessions', 'Sessions carried by open connections', readings.sessions);
  gauge(
    'tributary_gateway_in_flight_bytes',
    'Audio that Redis has not confirmed yet',
    readings.inFlightBytes,
  );
  counting(
    'tributary_gateway_append_refusals_total',
    'Appends that Redis refused; each is repeated',
    readings.appendRefusals,
  );
  return {
    chunks: new Counter({
      name: 'tributary_gateway_chunks_total',
      help: 'Chunks taken from clients',
      registers,
    }),
    chunkBytes: new Counter({
      name: 'tributary_gateway_chunk_bytes_total',
      help: 'Bytes of audio taken from clients',
      registers,
    }),
    ackSeconds: new Histogram({
      name: 'tributary_gateway_ack_seconds',
      help: 'From a chunk being taken to Redis confirming it and all before it',
      buckets: [...LATENCY_BUCKETS_S],
      registers,
    }),
    errors: new Counter({
      name: 'tributary_gateway_errors_total',
      help: 'Errors told to clients',
      labelNames: ['code'],
      registers,
    }),
    events: new Counter({
      name: 'tributary_gateway_events_total',
      help: 'Events sent to clients',
      registers,
    }),
  };
}
