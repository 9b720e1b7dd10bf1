import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { textExchange } from '../net/text-exchange.js';
import { ManagedProcess } from '../processes/managed-process.js';
import type { ProcessRegistry } from '../processes/process-registry.js';

export interface RedisSettings {
  readonly folder: string;
  readonly logFile: string;
  readonly port: number;
  readonly appendfsync: 'always' | 'everysec' | 'no';
  /** As Redis writes it, for example `64mb`; unlimited when left out. */
  readonly maxmemory?: string | undefined;
  /** Further settings by name. */
  readonly config?: Readonly<Record<string, string>> | undefined;
  readonly registry?: ProcessRegistry | undefined;
}

const START_TIMEOUT_MS = 30_000;

/** A private Redis with an append-only file, as Tributary wants it. */
export async function redisServer(settings: RedisSettings): Promise<ManagedProcess> {
  await mkdir(settings.folder, { recursive: true, mode: 0o700 });
  const { port } = settings;
  const config: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: '.',
    daemonize: 'no',
    save: '',
    appendonly: 'yes',
    appendfsync: settings.appendfsync,
    // All audio passes through the file and little of it stays: at 64 MB it would be rewritten every few seconds.
    'auto-aof-rewrite-min-size': '1gb',
    // Audio hardly gets smaller, and trying makes each rewrite longer.
    rdbcompression: 'no',
    // The entries behind it, which are most of the file, have no checksum either, and it takes up to half of a rewrite's CPU.
    rdbchecksum: 'no',
    // Audio chunks of 3 KB pack badly into nodes of the default size.
    'stream-node-max-bytes': '16384',
    'maxmemory-policy': 'noeviction',
    ...(settings.maxmemory === undefined ? {} : { maxmemory: settings.maxmemory }),
    ...settings.config,
  };
  return new ManagedProcess({
    name: 'redis',
    kind: 'store',
    command: 'redis-server',
    args: Object.entries(config).flatMap(([name, value]) => [`--${name}`, value]),
    env: { PATH: searchPath(), LC_ALL: 'C' },
    cwd: settings.folder,
    logFile: settings.logFile,
    stopSignal: 'SIGTERM',
    startTimeoutMs: START_TIMEOUT_MS,
    ready: async (pid) => ((await servesAs(port, pid)) ? port : undefined),
    registry: settings.registry,
  });
}

/** The server's own folders are not on every user's search path. */
export function searchPath(): string {
  return [process.env.PATH ?? '', '/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin'].join(
    ':',
  );
}

/** Whether this very process answers on the port and has loaded its data. */
export async function servesAs(port: number, pid: number): Promise<boolean> {
  const answer = await textExchange(
    port,
    'PING\r\nINFO server\r\n',
    (text) => /process_id:\d+\r\n/.test(text) || text.startsWith('-'),
  );
  return answer?.startsWith('+PONG') === true && answer.includes(`process_id:${pid}\r\n`);
}

/** Where the Redis of a folder keeps its append-only file, for tests that damage it. */
export function appendOnlyFolder(folder: string): string {
  return join(folder, 'appendonlydir');
}
