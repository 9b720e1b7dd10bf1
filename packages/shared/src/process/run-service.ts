import type { z } from 'zod';
import { ConfigError, readConfig } from '../config/read-config.js';
import type { commonSettings } from '../config/settings.js';
import { createLogger, type Logger, logStream } from '../telemetry/logger.js';
import { createTracer } from '../tracing/create-tracer.js';
import type { Tracer } from '../tracing/tracer.js';

/** A service that is up. */
export interface RunningService {
  /** Port it is reached at (clients for a gateway, administration for the others). */
  port: number;
  /** Stops gracefully; can be called twice. */
  close(): Promise<void>;
}

export interface ServiceDefinition<Shape extends typeof commonSettings> {
  role: string;
  settings: Shape;
  start(
    config: Readonly<z.infer<z.ZodObject<Shape>>>,
    logger: Logger,
    tracer: Tracer,
  ): Promise<RunningService>;
}

type CommonConfig = Readonly<z.infer<z.ZodObject<typeof commonSettings>>>;

/** Exit status for a configuration that cannot be used. */
const EXIT_CONFIG = 2;
const EXIT_FAILED = 1;

/**
 * The life of a service process: configuration, start, readiness, graceful stop. `--check-config` stops after the first
 * step. Under a parent with an IPC channel it reports `{ type: 'ready', port }` and stops when the parent is gone.
 * A second signal ends it at once.
 */
export async function runService<Shape extends typeof commonSettings>(
  definition: ServiceDefinition<Shape>,
): Promise<void> {
  let config: Readonly<z.infer<z.ZodObject<Shape>>>;
  try {
    config = readConfig(definition.settings, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = EXIT_CONFIG;
    return;
  }
  if (process.argv.includes('--check-config')) {
    process.stdout.write('the configuration is usable\n');
    return;
  }
  const common = config as unknown as CommonConfig;
  const { role } = definition;
  const instance = common.INSTANCE_ID;
  const stream = await logStream(common.LOG_FORMAT);
  const logger = createLogger({ level: common.LOG_LEVEL, role, instance, ...(stream && { stream }) });
  const tracer = await createTracer({
    endpoint: common.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers: common.OTEL_EXPORTER_OTLP_HEADERS,
    sampleRatio: common.TRACE_SAMPLE_RATIO,
    role,
    instance,
    logger,
  });
  let service: RunningService;
  try {
    service = await definition.start(config, logger, tracer);
  } catch (error) {
    logger.fatal(
      { err: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      'start failed',
    );
    process.stderr.write(`${definition.role}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(EXIT_FAILED);
  }
  stopOnSignals(service, tracer, logger);
  logger.info({ port: service.port }, 'ready');
  process.send?.({ type: 'ready', port: service.port });
}

function stopOnSignals(service: RunningService, tracer: Tracer, logger: Logger): void {
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) process.exit(EXIT_FAILED);
    stopping = true;
    logger.info({ why }, 'stopping');
    const stopped = service.close().then(() => tracer.close());
    stopped.then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: String(error) }, 'stop failed');
        process.exit(EXIT_FAILED);
      },
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => stop('parent gone'));
}
