import { join } from 'node:path';
import { onFreePort } from '../net/free-port.js';
import type { ManagedProcess } from '../processes/managed-process.js';
import { tempFolder } from '../temp-folder.js';
import { testRegistry } from '../test-environment.js';
import { type RedisSettings, redisServer } from './redis-server.js';

export type TestRedisOptions = Partial<Pick<RedisSettings, 'appendfsync' | 'maxmemory' | 'config'>>;

/** A Redis of its own for a test: kill, pause or restart it through `process`; its data stays until `stop`. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Where its append-only file lies. */
  readonly folder: string;
  readonly process: ManagedProcess;
  stop(): Promise<void>;
}

/** Starts a Redis on a free port in a temporary folder. */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = await tempFolder('redis');
  try {
    return await onFreePort(async (port) => {
      const process = await redisServer({
        folder: join(folder.path, 'data'),
        logFile: join(folder.path, 'redis.log'),
        port,
        appendfsync: options.appendfsync ?? 'everysec',
        maxmemory: options.maxmemory,
        config: options.config,
        registry: testRegistry(),
      });
      await process.start();
      return {
        url: `redis://127.0.0.1:${port}`,
        port,
        folder: join(folder.path, 'data'),
        process,
        stop: async () => {
          await process.stop();
          await folder.remove();
        },
      };
    });
  } catch (error) {
    await folder.remove();
    throw error;
  }
}
