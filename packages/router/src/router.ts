import {
  ChannelPublisher,
  claimShardCount,
  connectCommands,
  connectDedicated,
  createRegistry,
  createShardReader,
  type DatabaseSettings,
  type Lease,
  type Logger,
  migrate,
  openStore,
  type RunningService,
  ShardOwner,
  startAdminServer,
  writeStatus,
} from '@tributary/shared';
import { nanoid } from 'nanoid';
import { Deadlines } from './deadlines.js';
import { Healer } from './healer.js';
import { createRouterMetrics } from './router-metrics.js';
import { type RouterContext, ShardDesk } from './shard-desk.js';
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
  database: DatabaseSettings;
  logger: Logger;
}

const SWEEP_MS = 100;
const READ_BYTES = 4 * 1_048_576;
/** Rows that may wait for PostgreSQL in memory, all shards together; the rest of a backlog stays in Redis. */
const MAX_WAITING_ROWS = 20_000;
const MIGRATE_AGAIN_MS = 1_000;
/** How long a stopping router waits for its last rows to be stored; the next owner stores what is left. */
const HAND_OVER_MS = 700;

/** One router process: owns shards, puts their results in order, stores and delivers them. */
export async function startRouter(options: RouterOptions): Promise<RunningService> {
  const { logger, leaseMs } = options;
  const routerId = `${options.instanceId}-${nanoid(8)}`;
  const redis = connectCommands({ url: options.redisUrl, name: `router ${routerId}`, logger });
  const reading = connectDedicated({ url: options.redisUrl, name: `router ${routerId} reader`, logger });
  await claimShardCount(redis, options.shardCount);

  const store = openStore(options.database, { applicationName: 'tributary-router' });
  let stopped = false;
  const migrated = migrateUntilDone(options.database, logger, () => stopped);
  const desks = new Map<number, ShardDesk>();
  const registry = createRegistry('router');
  const metrics = createRouterMetrics(registry, {
    shards: () => desks.size,
    waitingRows: () => writer.waitingRows,
    oldestAgeSeconds: () => {
      const now = owner.redisTimeAt(performance.now());
      let oldest = 0;
      for (const desk of desks.values()) oldest = Math.max(oldest, desk.ageMs(now));
      return oldest / 1_000;
    },
  });
  const writer = new StoreWriter({
    db: store.db,
    migrated,
    batchRows: options.storeBatchRows,
    metrics,
    logger,
  });
  const context: RouterContext = {
    redis,
    publisher: new ChannelPublisher(redis, logger),
    writer,
    metrics,
    eventsTtlMs: options.eventsTtlMs,
    logger,
  };

  const healer = new Healer({ ...options, redis, db: store.db, migrated, stored: () => writer.idle() });

  const deskOf = (lease: Lease): ShardDesk | undefined => {
    const desk = desks.get(lease.shard);
    return desk?.lease === lease ? desk : undefined;
  };
  const mustWait = (desk: ShardDesk): boolean => desk.backlogged || writer.waitingRows > MAX_WAITING_ROWS;
  const reader = createShardReader({
    reader: reading,
    group: routerId,
    readBytes: READ_BYTES,
    onEntries: (lease, entries) => {
      const desk = deskOf(lease);
      if (desk === undefined) return;
      desk.accept(entries);
      if (mustWait(desk)) reader.setPaused(lease, true);
    },
    onCaughtUp: () => {},
    logger,
  });
  const owner = new ShardOwner({
    redis,
    role: 'router',
    memberId: routerId,
    shardCount: options.shardCount,
    leaseMs,
    logger,
    work: {
      begin: (lease) => {
        desks.set(lease.shard, new ShardDesk(context, lease));
        if (lease.healed) reader.add(lease);
        else {
          void healer.heal(lease).then(() => {
            if (deskOf(lease) !== undefined && !lease.lost) reader.add(lease);
          });
        }
      },
      handOver: async (lease) => {
        reader.remove(lease);
        const desk = deskOf(lease);
        if (desk === undefined) return;
        await Promise.race([desk.settle(), new Promise((resolve) => setTimeout(resolve, HAND_OVER_MS))]);
        desks.delete(lease.shard);
      },
      drop: (lease) => {
        reader.remove(lease);
        if (deskOf(lease) !== undefined) desks.delete(lease.shard);
      },
    },
  });
  const deadlines = new Deadlines({
    redis,
    graceMs: options.graceMs,
    leases: () => owner.leases,
    abandoned: () => metrics.abandoned.inc(),
    redisNowMs: () => owner.redisTimeAt(performance.now()),
    logger,
  });

  const sweep = setInterval(() => {
    for (const desk of desks.values()) {
      desk.sweep();
      reader.setPaused(desk.lease, mustWait(desk));
    }
  }, SWEEP_MS);
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

  await owner.start();
  reader.start();
  deadlines.start();
  say();
  const admin = await startAdminServer({
    port: options.adminPort,
    registry,
    ready: () => true,
  });

  const close = async (): Promise<void> => {
    clearInterval(saying);
    await deadlines.stop();
    await owner.stop();
    clearInterval(sweep);
    await reader.stop();
    stopped = true;
    writer.stop();
    await store.close();
    await admin.close();
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
