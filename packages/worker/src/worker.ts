import {
  ChannelPublisher,
  claimShardCount,
  connectCommands,
  connectDedicated,
  createRegistry,
  createShardReader,
  type Lease,
  type Logger,
  type RunningService,
  ShardOwner,
  startAdminServer,
  writeStatus,
} from '@tributary/shared';
import { nanoid } from 'nanoid';
import type { Engine } from './engines/engine.js';
import { ShardDesk } from './shard/shard-desk.js';
import type { WorkerContext } from './worker-context.js';
import { createWorkerMetrics } from './worker-metrics.js';

export interface WorkerOptions {
  redisUrl: string;
  instanceId: string;
  shardCount: number;
  leaseMs: number;
  adminPort: number;
  maxSegmentSeconds: number;
  holeWaitMs: number;
  /** Audio waiting for recognition above which reading stops; it goes on below four fifths of it. */
  bufferBytes: number;
  engine: Engine;
  logger: Logger;
}

/** Gaps, holes and forgetting are looked after so often. */
const SWEEP_MS = 100;
/** About what one read of all shards may bring. */
const READ_BYTES = 8 * 1_048_576;
/** How long a stopping worker waits for segments that are being recognised; the rest is done by the next owner. */
const HAND_OVER_MS = 700;

/** One worker process: owns shards, recognises their audio, commits what it concludes. */
export async function startWorker(options: WorkerOptions): Promise<RunningService> {
  const { engine, logger, leaseMs } = options;
  const workerId = `${options.instanceId}-${nanoid(8)}`;
  const redis = connectCommands({ url: options.redisUrl, name: `worker ${workerId}`, logger });
  const reading = connectDedicated({ url: options.redisUrl, name: `worker ${workerId} reader`, logger });
  await claimShardCount(redis, options.shardCount);

  const desks = new Map<number, ShardDesk>();
  let waitingBytes = 0;
  let paused = false;
  const publisher = new ChannelPublisher(redis, logger);
  const registry = createRegistry('worker');
  const sessionCount = (): number => {
    let sessions = 0;
    for (const desk of desks.values()) sessions += desk.activeSessions;
    return sessions;
  };
  const metrics = createWorkerMetrics(registry, {
    shards: () => desks.size,
    sessions: sessionCount,
    busyRatio: () => engine.busy / engine.concurrency,
    waitingSegments: () => engine.waiting,
    waitingBytes: () => waitingBytes,
    failedSegments: () => engine.failed,
    oldestAgeSeconds: () => {
      const now = owner.redisTimeAt(performance.now());
      let oldest = 0;
      for (const desk of desks.values()) oldest = Math.max(oldest, desk.ageMs(now));
      return oldest / 1_000;
    },
    handOvers: () => owner.handOvers,
  });
  const context: WorkerContext = {
    workerId,
    redis,
    engine,
    logger,
    metrics,
    maxSegmentSeconds: options.maxSegmentSeconds,
    holeWaitMs: options.holeWaitMs,
    publish: (gatewayId, message) => publisher.publish(gatewayId, message),
    waitingBytes: (change) => {
      waitingBytes += change;
      if (waitingBytes > options.bufferBytes) paused = true;
      else if (waitingBytes < options.bufferBytes * 0.8) paused = false;
    },
  };

  const deskOf = (lease: Lease): ShardDesk | undefined => {
    const desk = desks.get(lease.shard);
    return desk?.lease === lease ? desk : undefined;
  };
  const reader = createShardReader({
    reader: reading,
    group: workerId,
    readBytes: READ_BYTES,
    onEntries: (lease, entries) => {
      const desk = deskOf(lease);
      desk?.accept(entries);
      if (desk !== undefined && (paused || desk.backlogged)) reader.setPaused(lease, true);
    },
    onCaughtUp: (lease, askedAt) => deskOf(lease)?.caughtUp(owner.redisTimeAt(askedAt)),
    logger,
  });
  const owner = new ShardOwner({
    redis,
    role: 'worker',
    memberId: workerId,
    shardCount: options.shardCount,
    leaseMs,
    logger,
    work: {
      begin: (lease) => {
        desks.set(lease.shard, new ShardDesk(context, lease));
        reader.add(lease);
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

  const sweep = setInterval(() => {
    const now = owner.redisTimeAt(performance.now());
    for (const desk of desks.values()) {
      desk.sweep(now);
      reader.setPaused(desk.lease, paused || desk.backlogged);
    }
  }, SWEEP_MS);
  const say = (): void => {
    const sessions = sessionCount();
    const { busy, concurrency, waiting, failed, name } = engine;
    const status = {
      id: workerId,
      shards: desks.size,
      sessions,
      waiting,
      busy,
      concurrency,
      failed,
      engine: name,
    };
    writeStatus(redis, 'worker', status, leaseMs * 2).catch((error: unknown) => {
      logger.debug({ err: String(error) }, 'status not written');
    });
  };
  const saying = setInterval(say, leaseMs / 3);

  await owner.start();
  reader.start();
  say();
  const admin = await startAdminServer({
    port: options.adminPort,
    registry,
    ready: () => true,
  });

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    clearInterval(saying);
    // Hand over while the sweep and the reader still run, then stop them, then let go of Redis.
    await owner.stop();
    clearInterval(sweep);
    await reader.stop();
    await engine.close();
    await admin.close();
    reading.disconnect();
    redis.disconnect();
  };
  return {
    port: admin.port,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
