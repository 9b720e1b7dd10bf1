import { join } from 'node:path';
import { Redis } from 'ioredis';
import { onFreePort } from '../net/free-port.js';
import type { ManagedProcess } from '../processes/managed-process.js';
import { type TempFolder, tempFolder } from '../temp-folder.js';
import { testRegistry } from '../test-environment.js';
import { redisServer } from './redis-server.js';

/** Replication is set up at once instead of waiting for more replicas, which here are never more. */
const QUICK_REPLICATION = { 'repl-diskless-sync-delay': '0', 'repl-ping-replica-period': '1' };

/** Several processes in one temporary folder; whatever was started is stopped with it, also after a failure. */
export class RedisGroup {
  readonly #folder: TempFolder;
  readonly #processes: ManagedProcess[] = [];
  #stopping: Promise<void> | undefined;

  private constructor(folder: TempFolder) {
    this.#folder = folder;
  }

  /** Builds something of the processes of a new group, and stops them when that fails. */
  static async build<Built>(purpose: string, build: (group: RedisGroup) => Promise<Built>): Promise<Built> {
    const group = new RedisGroup(await tempFolder(purpose));
    try {
      return await build(group);
    } catch (error) {
      await group.stop();
      throw error;
    }
  }

  /** Starts a Redis on a free port. */
  async server(name: string, config: Readonly<Record<string, string>>): Promise<ManagedProcess> {
    return await onFreePort(async (port) => {
      const process = await redisServer({
        folder: join(this.#folder.path, name),
        logFile: join(this.#folder.path, `${name}.log`),
        port,
        appendfsync: 'everysec',
        config: { ...QUICK_REPLICATION, ...config },
        registry: testRegistry(),
      });
      await this.start(process);
      return process;
    });
  }

  /** Starts a process that belongs to the group. */
  async start(process: ManagedProcess): Promise<void> {
    await process.start();
    this.#processes.push(process);
  }

  path(name: string): string {
    return join(this.#folder.path, name);
  }

  /** What all processes have written. */
  logs(): string {
    return this.#processes
      .map((process) => `--- ${process.name} ${process.port}\n${process.logs()}`)
      .join('\n');
  }

  /** Can be called twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    // Its data goes away with the folder: there is nothing to write down first.
    await Promise.all(this.#processes.map(async (process) => await process.stop(0)));
    await this.#folder.remove();
  }
}

/** Sends commands to a server over a connection of their own. */
export async function withRedis<Answer>(
  port: number,
  ask: (redis: Redis) => Promise<Answer>,
): Promise<Answer> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    commandTimeout: 2_000,
    enableReadyCheck: false,
  });
  redis.on('error', () => undefined);
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

/** A line `name:value` of INFO or CLUSTER INFO. */
export function infoField(text: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(text)?.[1];
}
