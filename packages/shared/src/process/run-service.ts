import type { z } from 'zod';
import { ConfigError, readConfig } from '../config/read-config.js';
import { createLogger, type Logger } from '../telemetry/logger.js';

/** A service that is up. */
export interface RunningService {
  /** Port it is reached at (clients for a gateway, administration for the others). */
  port: number;
  /** Stops gracefully; can be called twice. */
  close(): Promise<void>;
}

export interface ServiceDefinition<Shape extends z.ZodRawShape> {
  role: string;
  settings: Shape;
  start(config: Readonly<z.infer<z.ZodObject<Shape>>>, logger: Logger): Promise<RunningService>;
}

/** Exit status for a configuration that cannot be used. */
const EXIT_CONFIG = 2;
const EXIT_FAILED = 1;

/**
 * The life of a service process: configuration, start, readiness, graceful stop. `--check-config` stops after the first
 * step. Under a parent with an IPC channel it reports `{ type: 'ready', port }` and stops when the parent is gone.
 * A second signal ends it at once.
 */
export async function runService<Shape extends z.ZodRawShape>(
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
  const { LOG_LEVEL, INSTANCE_ID } = config as Record<string, unknown>;
  const logger = createLogger({
    level: String(LOG_LEVEL),
    role: definition.role,
    instance: String(INSTANCE_ID),
  });
  let service: RunningService;
  try {
    service = await definition.start(config, logger);
  } catch (error) {
    logger.fatal(
      { err: error instanceof Error ? (error.stack ?? error.message) : String(error) },
      'start failed',
    );
    process.stderr.write(`${definition.role}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(EXIT_FAILED);
  }
  stopOnSignals(service, logger);
  logger.info({ port: service.port }, 'ready');
  process.send?.({ type: 'ready', port: service.port });
}

function stopOnSignals(service: RunningService, logger: Logger): void {
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) process.exit(EXIT_FAILED);
    stopping = true;
    logger.info({ why }, 'stopping');
    service.close().then(
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
