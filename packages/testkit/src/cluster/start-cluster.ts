import { join } from 'node:path';
import { freePort } from '../net/free-port.js';
import { createDatabase } from '../stores/create-database.js';
import { searchPath } from '../stores/redis-server.js';
import { startRedis, type TestRedis } from '../stores/start-redis.js';
import { tempFolder } from '../temp-folder.js';
import { testRegistry } from '../test-environment.js';
import { awaitHealthy } from './await-healthy.js';
import type { ServiceProcess, ServiceRole } from './service-process.js';
import { Services, type ServicesOptions } from './services.js';

export interface ClusterOptions {
  readonly gateways?: number;
  readonly routers?: number;
  readonly workers?: number;
  /** Settings of the services, for example `{ ENGINE: 'synthetic' }`. */
  readonly env?: NodeJS.ProcessEnv;
  /** Uses this Redis, and leaves it running; a private one when left out. */
  readonly redisUrl?: string;
  /** Uses this database, and leaves it; an empty one on the shared server when left out. */
  readonly databaseUrl?: string;
  /** False: does not wait until a gateway reports that everything is ready. */
  readonly awaitHealth?: boolean;
  readonly entries?: ServicesOptions['entries'];
}

/** A whole cluster, run by a test or by the demo. */
export interface Cluster {
  readonly gateways: readonly ServiceProcess[];
  readonly routers: readonly ServiceProcess[];
  readonly workers: readonly ServiceProcess[];
  /** Address of the first gateway. */
  readonly url: string;
  /** Address for speech of the first gateway. */
  readonly socketUrl: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** The private Redis, when there is one. */
  readonly redis: TestRedis | undefined;
  /** Starts one more service. */
  add(role: ServiceRole): Promise<ServiceProcess>;
  /** The logs of all services, for the message of a test that failed. */
  logs(): string;
  /** Stops everything that `startCluster` started; can be called twice. */
  stop(): Promise<void>;
}

/** Starts a cluster on free ports; when that fails, everything that was started is stopped again. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const undo: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= unwind(undo);
    return stopping;
  };
  try {
    const folder = await tempFolder('cluster');
    undo.push(folder.remove);
    const redis = options.redisUrl === undefined ? await startRedis() : undefined;
    if (redis !== undefined) undo.push(redis.stop);
    const redisUrl = options.redisUrl ?? redis?.url ?? '';
    const database = options.databaseUrl === undefined ? await createDatabase() : undefined;
    if (database !== undefined) undo.push(database.drop);
    const databaseUrl = options.databaseUrl ?? database?.url ?? '';
    const gatewayPorts: number[] = [];
    for (let n = 0; n < (options.gateways ?? 1); n++) gatewayPorts.push(await freePort());
    const services = new Services({
      // Not our own environment: a developer's REDIS_URL or API_KEYS must not change what a test sees.
      env: {
        PATH: searchPath(),
        HOME: process.env.HOME,
        TMPDIR: process.env.TMPDIR,
        HOST: '127.0.0.1',
        DRAIN_MS: '500',
        ...options.env,
        REDIS_URL: redisUrl,
        DATABASE_URL: databaseUrl,
      },
      gatewayPorts,
      routers: options.routers ?? 1,
      workers: options.workers ?? 1,
      logFolder: join(folder.path, 'logs'),
      registry: testRegistry(),
      entries: options.entries,
    });
    undo.push(async () => await services.stop());
    await services.start();
    const first = services.gateways[0];
    if (first !== undefined && options.awaitHealth !== false && services.workers.length > 0) {
      const complaint = await awaitHealthy(first.url);
      if (complaint !== undefined) throw new Error(`the cluster did not get healthy: ${complaint}`);
    }
    return {
      gateways: services.gateways,
      routers: services.routers,
      workers: services.workers,
      url: first?.url ?? '',
      socketUrl: first?.socketUrl ?? '',
      redisUrl,
      databaseUrl,
      redis,
      add: async (role) => {
        const service = services.create(role, role === 'gateway' ? await freePort() : 0);
        await service.start();
        return service;
      },
      logs: () => services.all.map((service) => `--- ${service.name}\n${service.logs()}`).join('\n'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Undoes in reverse order; one failure does not keep the rest from being undone. */
async function unwind(undo: (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of undo.reverse()) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, 'several parts of the cluster did not stop');
}
