import { commonSettings, databaseSettings, routerSettings, runService } from '@tributary/shared';
import { startRouter } from './router.js';

await runService({
  role: 'router',
  settings: { ...commonSettings, ...databaseSettings, ...routerSettings },
  start: (config, logger, tracer) =>
    startRouter({
      redisUrl: config.REDIS_URL,
      instanceId: config.INSTANCE_ID,
      shardCount: config.SHARDS,
      leaseMs: config.LEASE_MS,
      graceMs: config.SESSION_GRACE_MS,
      eventsTtlMs: config.EVENTS_TTL_MS,
      adminPort: config.ADMIN_PORT,
      storeBatchRows: config.STORE_BATCH_ROWS,
      storeWaitingRows: config.STORE_WAITING_ROWS,
      database: config,
      logger,
      tracer,
    }),
});
