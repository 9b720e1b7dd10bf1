import { commonSettings, databaseSettings, gatewaySettings, runService, VERSION } from '@tributary/shared';
import { startGateway } from './gateway.js';

await runService({
  role: 'gateway',
  settings: { ...commonSettings, ...databaseSettings, ...gatewaySettings },
  start: (config, logger, tracer) =>
    startGateway({
      redisUrl: config.REDIS_URL,
      instanceId: config.INSTANCE_ID,
      shardCount: config.SHARDS,
      graceMs: config.SESSION_GRACE_MS,
      listenHost: config.HOST,
      listenPort: config.PORT,
      adminPort: config.ADMIN_PORT,
      maxChunkBytes: config.MAX_CHUNK_BYTES,
      maxSessionsPerSocket: config.MAX_SESSIONS_PER_SOCKET,
      maxSessionMs: config.MAX_SESSION_SECONDS * 1_000,
      maxSessionInFlightBytes: config.MAX_SESSION_IN_FLIGHT_BYTES,
      maxGatewayInFlightBytes: config.MAX_GATEWAY_IN_FLIGHT_BYTES,
      maxSocketBacklogBytes: config.MAX_SOCKET_BACKLOG_BYTES,
      idleTimeoutMs: config.IDLE_TIMEOUT_MS,
      drainMs: config.DRAIN_MS,
      redisShedRatio: config.REDIS_SHED_RATIO,
      corsOrigin: config.CORS_ORIGIN === 'none' ? '' : config.CORS_ORIGIN,
      apiKeys: config.API_KEYS.split(',').filter((key) => key !== ''),
      funasrAddr: config.FUNASR_ADDR,
      version: VERSION,
      database: config,
      logger,
      tracer,
    }),
});
