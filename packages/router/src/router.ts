import {
  addPoolMetrics,
  addShardMetrics,
  announcePresence,
  ChannelPublisher,
  claimShardCount,
  connectCommands,
  connectDedicated,
  connectionHealth,
  createRegistry,
  createStatementMetrics,
  DrainClock,
  type Logger,
  NO_TRACER,
  oldestAgeSeconds,
  type RunningService,
  ShardDesks,
  startAdminServer,
  startRedisMetrics,
  type Tracer,
  writeStatus,
} from '@tributary/shared';
import { type DatabaseSettings, migrate, openStore } from '@tributary/shared/store';
import { nanoid } from 'nanoid';
import { Deadlines } from './deadlines.js';
import { Healer } from './healer.js';
import type { RouterContext } from './router-context.js';
import { createRouterMetrics } from './router-metrics.js';
import { ShardDesk } from './shard-desk.js';
import { StoreWriter } from './store-writer.js';

export interface RouterOptions {
  redisUrl: string;
  instanceId: string;
  shardCount: number;
  leaseMs: number;
  graceMs: number;
  eventsTtlMs: number;
  adminPort: number;
  storeBatchRows: number;
  /** Rows that may wait for PostgreSQL in memory, all shards together; the rest of a backlog stays in Redis. */
  storeWaitingRows: number;
  database: DatabaseSettings;
  logger: Logger;
  tracer?: Tracer;
}

const READ_BYTES = 4 * 1_048_576;
const MIGRATE_AGAIN_MS = 1_000;

/** One router process: owns shards, puts their results in order, stores and delivers them. */
export async function startRouter(options: RouterOptions): Promise<RunningService> {
  const { logger, leaseMs } = options;
  const routerId = `${options.instanceId}-${nanoid(8)}`;
  const redis = connectCommands({ url: options.redisUrl, name: `router ${routerId}`, logger });
  const reading = connectDedicated({ url: options.redisUrl, name: `router ${routerId} reader`, logger });
  await claimShardCount(redis, options.shardCount);

  const drain = new DrainClock();
  const registry = createRegistry({ role: 'router', shardCount: options.shardCount, drain });
  const statements = createStatementMetrics(registry);
  const store = openStore(options.database, { applicationName: 'tributary-router', statements });
  addPoolMetrics(registry, store);
  let stopped = false;
  const migrated = migrateUntilDone(options.database, logger, () => stopped);
  const metrics = createRouterMetrics(registry, {
    waitingRows: () => writer.waitingRows,
    oldestAgeSeconds: () => oldestAgeSeconds(desks),
  });
  const stopRedisMetrics = startRedisMetrics({
    registry,
    commands: redis,
    connections: { commands: connectionHealth(redis), reader: connectionHealth(reading) },
    logger,
  });
  const writer = new StoreWriter({
    db: store.db,
    migrated,
    batchRows: options.storeBatchRows,
    waitingRows: options.storeWaitingRows,
    shardCount: options.shardCount,
    metrics,
    logger,
  });
  const context: RouterContext = {
    redis,
    publisher: new ChannelPublisher(redis, logger),
    writer,
    metrics,
    eventsTtlMs: options.eventsTtlMs,
    redisNowMs: () => desks.redisNowMs(),
    logger,
    tracer: options.tracer ?? NO_TRACER,
  };

  const healer = new Healer({
    ...options,
    redis,
    db: store.db,
    migrated,
    stored: () => writer.idle(),
    healed: (sessions) => metrics.healedSessions.inc(sessions),
  });

  const desks = new ShardDesks<ShardDesk>({
    role: 'router',
    instanceId: options.instanceId,
    memberId: routerId,
    redis,
    reading,
    shardCount: options.shardCount,
    leaseMs,
    readBytes: READ_BYTES,
    open: (lease) => new ShardDesk(context, lease),
    prepare: async (lease) => {
      if (!lease.healed) await healer.heal(lease);
    },
    mustWait: (desk) => desk.backlogged,
    logger,
  });
  addShardMetrics({ registry, role: 'router', redis, shards: desks });
  const deadlines = new Deadlines({
    redis,
    graceMs: options.graceMs,
    leases: () => desks.leases,
    abandoned: () => metrics.abandoned.inc(),
    redisNowMs: () => desks.redisNowMs(),
    logger,
  });

  const say = (): void => {
    const status = {
      shards: desks.size,
      sessions: 0,
      waiting: writer.waitingRows,
      busy: 0,
      concurrency: 0,
      failed: 0,
    };
    writeStatus(redis, 'router', { id: routerId, engine: '', ...status }, leaseMs * 2).catch(
      (error: unknown) => {
        logger.debug({ err: String(error) }, 'status not written');
      },
    );
  };
  const saying = setInterval(say, leaseMs / 3);

  const presence = await announcePresence({
    url: options.redisUrl,
    commands: redis,
    role: 'router',
    memberId: routerId,
    logger,
  });
  await desks.start();
  deadlines.start();
  say();
  const admin = await startAdminServer({
    port: options.adminPort,
    registry,
    ready: () => true,
  });

  const close = async (): Promise<void> => {
    drain.begin();
    clearInterval(saying);
    await deadlines.stop();
    await desks.stop();
    presence.close();
    stopped = true;
    writer.stop();
    await store.close();
    await admin.close();
    stopRedisMetrics();
    reading.disconnect();
    redis.disconnect();
  };
  let closing: Promise<void> | null = null;
  return {
    port: admin.port,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Results reach clients while PostgreSQL is away; what is to be stored waits until it is there. */
async function migrateUntilDone(
  database: DatabaseSettings,
  logger: Logger,
  stopped: () => boolean,
): Promise<void> {
  while (!stopped()) {
    try {
      await migrate(database);
      return;
    } catch (error) {
      logger.warn({ err: String(error) }, 'database not ready, trying again');
      await new Promise((resolve) => setTimeout(resolve, MIGRATE_AGAIN_MS));
    }
  }
}
