import uWS from 'uWebSockets.js';
import {
  addPoolMetrics,
  ChannelPublisher,
  CLOSE_CODES,
  claimShardCount,
  connectCommands,
  connectionHealth,
  createRegistry,
  createStatementMetrics,
  DrainClock,
  keys,
  type Logger,
  NO_TRACER,
  type RunningService,
  Slabs,
  startAdminServer,
  startRedisMetrics,
  subscribe,
  type Tracer,
} from '@tributary/shared';
import { type DatabaseSettings, openStore } from '@tributary/shared/store';
import { nanoid } from 'nanoid';
import { createGatewayMetrics } from './gateway-metrics.js';
import { RedisWatch } from './redis-watch.js';
import { servedModels } from './rest/cluster/served-models.js';
import { registerRest } from './rest/register-rest.js';
import { AudioLog } from './session/audio-log.js';
import { checkServed } from './session/served-models.js';
import { SessionRegistry } from './session/session-registry.js';
import type { ClientSocket, SocketHost } from './socket/client-socket.js';
import { listenExclusively } from './socket/listen-exclusively.js';
import { serveSockets } from './socket/serve-sockets.js';
import { TurnEnd } from './turn-end.js';

/** Chunks are kept in slabs of this size, as long as Redis takes to confirm what is in them. */
const SLAB_BYTES = 256 * 1_024;

export interface GatewayOptions {
  redisUrl: string;
  instanceId: string;
  shardCount: number;
  graceMs: number;
  listenHost: string;
  listenPort: number;
  /** A port for probes and metrics that stays open while draining; 0 for none. */
  adminPort: number;
  maxChunkBytes: number;
  maxSessionsPerSocket: number;
  maxSessionMs: number;
  maxSessionInFlightBytes: number;
  maxGatewayInFlightBytes: number;
  maxSocketBacklogBytes: number;
  /** 0 for never. */
  idleTimeoutMs: number;
  drainMs: number;
  redisShedRatio: number;
  corsOrigin: string;
  apiKeys: readonly string[];
  funasrAddr: string | undefined;
  version: string;
  database: DatabaseSettings;
  logger: Logger;
  tracer?: Tracer;
}

/** Owed events and limits are looked after so often, for all sessions at once. */
const TICK_MS = 100;
/** A frame somewhat above the largest chunk still gets a clear error; far above it the library cuts the connection. */
const PAYLOAD_ALLOWANCE = 4;
const OVERLOAD_RETRY_MS = 2_000;
const IDLE_LOOKS = 10;

/** One gateway process: holds sockets, appends their audio, delivers their events, answers REST. */
export async function startGateway(options: GatewayOptions): Promise<RunningService> {
  const { logger, graceMs } = options;
  const gatewayId = `${options.instanceId}-${nanoid(8)}`;
  const redis = connectCommands({ url: options.redisUrl, name: `gateway ${gatewayId}`, logger });
  await claimShardCount(redis, options.shardCount);
  const drain = new DrainClock();
  const registry = createRegistry({ role: 'gateway', shardCount: options.shardCount, drain });
  const statements = createStatementMetrics(registry);
  const store = openStore(options.database, { applicationName: 'tributary-gateway', statements });
  addPoolMetrics(registry, store);

  const sockets = new Set<ClientSocket>();
  const sessions = new SessionRegistry();
  const watch = new RedisWatch(redis, logger, () => {
    for (const session of [...sessions.values()]) session.restore();
  });
  const models = servedModels(redis);
  let inFlightBytes = 0;
  let draining = false;
  const publisher = new ChannelPublisher(redis, logger);
  const turn = new TurnEnd();
  const log = new AudioLog({ redis, logger, turn });
  const metrics = createGatewayMetrics(registry, {
    connections: () => sockets.size,
    sessions: () => sessions.size,
    inFlightBytes: () => inFlightBytes,
    appendRefusals: () => log.refusals,
    redisMemoryRatio: () => watch.ratio,
  });
  const host: SocketHost = {
    gatewayId,
    redis,
    log,
    turn,
    metrics,
    logger,
    tracer: options.tracer ?? NO_TRACER,
    shardCount: options.shardCount,
    graceMs,
    maxChunkBytes: options.maxChunkBytes,
    maxSessionInFlightBytes: options.maxSessionInFlightBytes,
    maxSessionMs: options.maxSessionMs,
    maxSessionsPerSocket: options.maxSessionsPerSocket,
    slabs: new Slabs(SLAB_BYTES),
    redisNowMs: () => watch.redisNowMs(),
    mayTake: (bytes) => inFlightBytes + bytes <= options.maxGatewayInFlightBytes,
    inFlight: (change) => {
      inFlightBytes += change;
    },
    overloaded: () => (watch.ratio > options.redisShedRatio ? { retryAfterMs: OVERLOAD_RETRY_MS } : null),
    checkServed: async (wanted) => {
      const { model, language, hotWords } = wanted;
      if (model !== null || language !== null || hotWords.length > 0) checkServed(wanted, await models());
    },
    publish: (other, message) => publisher.publish(other, message),
    attached: (session) => sessions.add(session),
    released: (session) => sessions.remove(session),
  };

  const subscription = await subscribe({
    url: options.redisUrl,
    name: `gateway ${gatewayId} subscriber`,
    logger,
    commands: redis,
    channel: keys.gatewayChannel(gatewayId),
    onMessage: (payload) => sessions.deliver(payload),
    // What was published meanwhile is read from the events streams.
    onGap: () => {
      for (const session of sessions.values()) session.delivery.look();
    },
  });
  await watch.start();
  const stopRedisMetrics = startRedisMetrics({
    registry,
    commands: redis,
    connections: { commands: connectionHealth(redis), subscriber: subscription.health },
    logger,
  });

  const tick = setInterval(() => {
    const now = performance.now();
    for (const session of sessions.values()) session.tick(now);
  }, TICK_MS);
  const isKnown = (runId: string): boolean => watch.isKnown(runId);
  const refresh = setInterval(() => void sessions.refresh(redis, graceMs, isKnown, logger), graceMs / 3);
  const idle = options.idleTimeoutMs === 0 ? null : setInterval(endIdle, options.idleTimeoutMs / IDLE_LOOKS);
  function endIdle(): void {
    const since = performance.now() - options.idleTimeoutMs;
    for (const socket of sockets) if (socket.lastMessageAt < since) socket.endIdle();
  }

  const app = uWS.App();
  serveSockets(app, {
    host,
    sockets,
    maxPayloadBytes: options.maxChunkBytes * PAYLOAD_ALLOWANCE,
    maxBacklogBytes: options.maxSocketBacklogBytes,
    accepting: () => !draining,
  });
  registerRest(app, {
    redis,
    store,
    shardCount: options.shardCount,
    corsOrigin: options.corsOrigin,
    apiKeys: options.apiKeys,
    funasrAddr: options.funasrAddr,
    version: options.version,
    publish: host.publish,
    logger,
    registry,
    ready: () => !draining,
  });
  const listener = await listenExclusively(app, options.listenHost, options.listenPort);
  const admin =
    options.adminPort === 0
      ? null
      : await startAdminServer({ port: options.adminPort, registry, ready: () => !draining });

  /** Order: not ready, no new sockets, clients told to move, sockets closed, then Redis and PostgreSQL. */
  const close = async (): Promise<void> => {
    draining = true;
    drain.begin();
    uWS.us_listen_socket_close(listener);
    await drainSockets(sockets, options.drainMs);
    clearInterval(tick);
    clearInterval(refresh);
    if (idle !== null) clearInterval(idle);
    watch.stop();
    stopRedisMetrics();
    app.close();
    await store.close();
    subscription.close();
    await redis.quit();
    await admin?.close();
  };
  let closing: Promise<void> | null = null;
  return {
    port: uWS.us_socket_local_port(listener),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Tells every client to move within the time, then closes what is left with 1012. */
async function drainSockets(sockets: ReadonlySet<ClientSocket>, drainMs: number): Promise<void> {
  for (const socket of sockets) {
    // Not the same for all: there are clients that wait until the last moment.
    const withinMs = Math.round(drainMs * (0.4 + 0.4 * Math.random()));
    socket.tell({ type: 'reconnect', reason: 'draining', within_ms: withinMs });
  }
  const deadline = performance.now() + drainMs;
  while (sockets.size > 0 && performance.now() < deadline) {
    // A socket that carries no session has nothing to lose.
    for (const socket of [...sockets])
      if (socket.sessionCount === 0) socket.end(CLOSE_CODES.going_away, 'draining');
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  for (const socket of [...sockets]) socket.end(CLOSE_CODES.going_away, 'draining');
}
