import { commonSettings, runService, workerSettings } from '@tributary/shared';
import { createEngine } from './engines/create-engine.js';
import { startWorker } from './worker.js';

await runService({
  role: 'worker',
  settings: { ...commonSettings, ...workerSettings },
  start: async (config, logger, tracer) => {
    let engineIncidents = 0;
    const { engine, choice } = await createEngine(config, (incident) => {
      engineIncidents++;
      logger.warn(incident, 'the recogniser is in trouble');
    });
    logger.info({ engine: engine.name }, choice);
    return await startWorker({
      redisUrl: config.REDIS_URL,
      instanceId: config.INSTANCE_ID,
      shardCount: config.SHARDS,
      leaseMs: config.LEASE_MS,
      adminPort: config.ADMIN_PORT,
      maxSegmentSeconds: config.MAX_SEGMENT_SECONDS,
      holeWaitMs: config.HOLE_WAIT_MS,
      bufferBytes: config.WORKER_BUFFER_BYTES,
      engine,
      engineIncidents: () => engineIncidents,
      logger,
      tracer,
    });
  },
});
