import {
  addShardMetrics,
  announcePresence,
  ChannelPublisher,
  claimShardCount,
  connectCommands,
  connectDedicated,
  connectionHealth,
  createRegistry,
  DrainClock,
  type Logger,
  NO_TRACER,
  oldestAgeSeconds,
  type RunningService,
  ShardDesks,
  Slabs,
  startAdminServer,
  startRedisMetrics,
  type Tracer,
  writeStatus,
} from '@tributary/shared';
import { nanoid } from 'nanoid';
import { BusyMeter } from './busy-meter.js';
import type { Engine } from './engines/engine.js';
import { ShardDesk } from './shard/shard-desk.js';
import { WorkTurns } from './shard/work-turns.js';
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
  /** Troubles of the recogniser so far: a process died, a server went away. */
  engineIncidents?(): number;
  logger: Logger;
  tracer?: Tracer;
}

/** About what one read of all shards may bring. */
const READ_BYTES = 8 * 1_048_576;

/** Audio of all sessions is kept in slabs of this size: a segment that stays open keeps so much for each of its chunks. */
const SLAB_BYTES = 64 * 1_024;
/** Audio outlives small collections: with one in eight it took 530 to 600 MB with 2,000 sessions, so 410. */
const ONE_COUNTED_IN = 3;

/** One worker process: owns shards, recognises their audio, commits what it concludes. */
export async function startWorker(options: WorkerOptions): Promise<RunningService> {
  const { engine, logger, leaseMs } = options;
  const workerId = `${options.instanceId}-${nanoid(8)}`;
  const redis = connectCommands({ url: options.redisUrl, name: `worker ${workerId}`, logger });
  const reading = connectDedicated({ url: options.redisUrl, name: `worker ${workerId} reader`, logger });
  await claimShardCount(redis, options.shardCount);

  let waitingBytes = 0;
  let paused = false;
  const publisher = new ChannelPublisher(redis, logger);
  const drain = new DrainClock();
  const registry = createRegistry({ role: 'worker', shardCount: options.shardCount, drain });
  const busyMeter = new BusyMeter();
  const sessionCount = (): number => {
    let sessions = 0;
    for (const desk of desks.values()) sessions += desk.activeSessions;
    return sessions;
  };
  const metrics = createWorkerMetrics(registry, {
    sessions: sessionCount,
    busyRatio: () => busyMeter.ratio,
    waitingSegments: () => engine.waiting,
    waitingBytes: () => waitingBytes,
    failedSegments: () => engine.failed,
    concurrency: () => engine.concurrency,
    engineIncidents: options.engineIncidents ?? (() => 0),
    oldestAgeSeconds: () => oldestAgeSeconds(desks),
  });
  const stopRedisMetrics = startRedisMetrics({
    registry,
    commands: redis,
    connections: { commands: connectionHealth(redis), reader: connectionHealth(reading) },
    logger,
  });
  const stopBusyMeter = busyMeter.start(() => engine.busy / engine.concurrency);
  const context: WorkerContext = {
    workerId,
    redis,
    engine,
    logger,
    tracer: options.tracer ?? NO_TRACER,
    metrics,
    turns: new WorkTurns(),
    slabs: new Slabs(SLAB_BYTES, ONE_COUNTED_IN),
    maxSegmentSeconds: options.maxSegmentSeconds,
    holeWaitMs: options.holeWaitMs,
    publish: (gatewayId, message) => publisher.publish(gatewayId, message),
    waitingBytes: (change) => {
      waitingBytes += change;
      if (waitingBytes > options.bufferBytes) paused = true;
      else if (waitingBytes < options.bufferBytes * 0.8) paused = false;
    },
  };

  const desks = new ShardDesks<ShardDesk>({
    role: 'worker',
    instanceId: options.instanceId,
    memberId: workerId,
    redis,
    reading,
    shardCount: options.shardCount,
    leaseMs,
    readBytes: READ_BYTES,
    open: (lease) => new ShardDesk(context, lease),
    // A worker is given a shard only when its router has prepared it.
    prepare: () => Promise.resolve(),
    mustWait: (desk) => paused || desk.backlogged,
    logger,
  });
  addShardMetrics({ registry, role: 'worker', redis, shards: desks });
  const say = (): void => {
    const sessions = sessionCount();
    const { busy, concurrency, waiting, failed, name, models } = engine;
    const status = {
      id: workerId,
      shards: desks.size,
      sessions,
      waiting,
      busy,
      concurrency,
      failed,
      engine: name,
      models,
    };
    writeStatus(redis, 'worker', status, leaseMs * 2).catch((error: unknown) => {
      logger.debug({ err: String(error) }, 'status not written');
    });
  };
  const saying = setInterval(say, leaseMs / 3);

  const presence = await announcePresence({
    url: options.redisUrl,
    commands: redis,
    role: 'worker',
    memberId: workerId,
    logger,
  });
  await desks.start();
  say();
  const admin = await startAdminServer({
    port: options.adminPort,
    registry,
    ready: () => true,
  });

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    drain.begin();
    clearInterval(saying);
    await desks.stop();
    presence.close();
    await engine.close();
    await admin.close();
    stopRedisMetrics();
    stopBusyMeter();
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
