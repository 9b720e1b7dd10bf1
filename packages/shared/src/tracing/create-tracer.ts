import { NO_TRACER, type Tracer, type TracerSettings } from './tracer.js';

/** The tracer of a process. */
export async function createTracer(settings: TracerSettings): Promise<Tracer> {
  const { endpoint } = settings;
  if (endpoint === undefined) return NO_TRACER;
  const { createOtlpTracer } = await import('./otlp-tracer.js');
  return createOtlpTracer({ ...settings, endpoint });
}
