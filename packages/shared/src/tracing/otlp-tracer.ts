import { type Context, ROOT_CONTEXT, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { VERSION } from '../version.js';
import { formatTraceparent, parseTraceparent, type TraceContext } from './traceparent.js';
import { NO_SPAN, type SpanAttributes, type Tracer, type TracerSettings } from './tracer.js';

/** Spans in memory; what comes while the receiver is too slow for so many is dropped. */
const MAX_WAITING_SPANS = 4_096;
const BATCH_SPANS = 512;
const EXPORT_EVERY_MS = 1_000;
const EXPORT_TIMEOUT_MS = 5_000;
const CLOSE_MS = 1_000;

/** Spans by OpenTelemetry, exported as OTLP over HTTP. Nothing global is registered. */
export function createOtlpTracer(settings: TracerSettings & { endpoint: string }): Tracer {
  const { endpoint, headers, sampleRatio, role, instance, logger } = settings;
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: parseHeaders(headers),
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.namespace': 'tributary',
      'service.name': `tributary-${role}`,
      'service.instance.id': instance,
      'service.version': VERSION,
    }),
    // What is not sampled never comes here.
    sampler: new AlwaysOnSampler(),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: MAX_WAITING_SPANS,
        maxExportBatchSize: BATCH_SPANS,
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_TIMEOUT_MS,
      }),
    ],
  });
  const tracer = provider.getTracer('tributary', VERSION);

  const begin = (name: string, parent: Context, attributes: SpanAttributes = {}) => {
    const span = tracer.startSpan(name, { attributes }, parent);
    return {
      context: formatTraceparent(span.spanContext()),
      end: (failure?: string) => {
        if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
        if (span.isRecording()) span.end();
      },
    };
  };
  return {
    sessionContext: (traceparent) => {
      const given = traceparent === undefined ? null : parseTraceparent(traceparent);
      if (given !== null) return given.sampled ? formatTraceparent(given) : '';
      if (Math.random() >= sampleRatio) return '';
      const root = begin('session', ROOT_CONTEXT);
      root.end();
      return root.context;
    },
    begin: (name, parent, attributes) => (parent === '' ? NO_SPAN : begin(name, remote(parent), attributes)),
    close: async () => {
      const shutdown = provider.shutdown().catch((error: unknown) => {
        logger.warn({ err: String(error) }, 'spans not exported');
      });
      await Promise.race([shutdown, new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
    },
  };
}

function remote(parent: TraceContext): Context {
  const parsed = parseTraceparent(parent);
  if (parsed === null) return ROOT_CONTEXT;
  const { traceId, spanId } = parsed;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
}

/** `name=value,name=value`, values percent-encoded, as OpenTelemetry writes them. */
function parseHeaders(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const equals = pair.indexOf('=');
    return equals < 1
      ? []
      : [[pair.slice(0, equals).trim(), decodeURIComponent(pair.slice(equals + 1).trim())] as const];
  });
  return Object.fromEntries(pairs);
}
