import { writeFile } from 'node:fs/promises';
import { onFreePort } from '../net/free-port.js';
import { ManagedProcess } from '../processes/managed-process.js';
import { testRegistry } from '../test-environment.js';
import { waitFor } from '../wait-for.js';
import { RedisGroup, withRedis } from './redis-group.js';
import { searchPath, servesAs } from './redis-server.js';

/** A master with replicas and the sentinels that watch over them. */
export interface TestSentinel {
  /** As `REDIS_URL` wants it. */
  readonly url: string;
  readonly servers: readonly ManagedProcess[];
  readonly sentinels: readonly ManagedProcess[];
  /** The server that the sentinels name as master. */
  master(): Promise<ManagedProcess>;
  /** Kills the master with `kill -9`, waits until another one is named and tells how long that took, in ms. */
  failover(): Promise<number>;
  /** The same without a kill: a sentinel is asked to, and the old master lives on. */
  switchOver(): Promise<number>;
  logs(): string;
  stop(): Promise<void>;
}

export interface TestSentinelOptions {
  readonly replicas?: number;
  /** Further settings of the servers by name. */
  readonly config?: Readonly<Record<string, string>>;
}

const MASTER_NAME = 'tributary';
const SENTINELS = 3;
const QUORUM = 2;
const DOWN_AFTER_MS = 500;
/** An election that ends in a tie is repeated after twice this. */
const FAILOVER_TIMEOUT_MS = 2_000;
const START_MS = 20_000;
const FAILOVER_MS = 20_000;

/** Starts a master, two replicas and three sentinels on free ports. */
export async function startSentinel(options: TestSentinelOptions = {}): Promise<TestSentinel> {
  return await RedisGroup.build('sentinel', async (group) => {
    const names = Array.from({ length: 1 + (options.replicas ?? 2) }, (_, n) => `redis-${n + 1}`);
    const servers = await Promise.all(
      names.map(async (name) => await group.server(name, options.config ?? {})),
    );
    const [first, ...replicas] = servers as [ManagedProcess, ...ManagedProcess[]];
    for (const replica of replicas) {
      await withRedis(replica.port, (redis) => redis.replicaof('127.0.0.1', first.port));
    }
    await waitFor(async () => (await linkedReplicas(first)) === replicas.length, {
      timeoutMs: START_MS,
      what: 'replicas that follow their master',
    });
    const sentinels = await Promise.all(
      Array.from(
        { length: SENTINELS },
        async (_, n) => await startOne(group, `sentinel-${n + 1}`, first.port),
      ),
    );
    await waitFor(
      async () => {
        const views = await Promise.all(sentinels.map(viewOf));
        return views.every(
          (view) =>
            view.get('num-slaves') === String(replicas.length) &&
            view.get('num-other-sentinels') === String(SENTINELS - 1),
        );
      },
      { timeoutMs: START_MS, what: 'sentinels that know each other' },
    );

    const master = async (): Promise<ManagedProcess> => {
      for (const sentinel of sentinels.filter(({ running }) => running)) {
        const port = Number((await viewOf(sentinel)).get('port'));
        const server = servers.find((candidate) => candidate.port === port);
        if (server !== undefined) return server;
      }
      throw new Error('no sentinel names a master');
    };
    /** How long it took until another master was named, in ms. */
    const replaced = async (begin: (old: ManagedProcess) => Promise<unknown>): Promise<number> => {
      const old = await master();
      const startedAt = performance.now();
      await begin(old);
      const what = 'another master';
      await waitFor(async () => (await master()) !== old, { timeoutMs: FAILOVER_MS, everyMs: 20, what });
      return performance.now() - startedAt;
    };
    return {
      url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER_NAME}`,
      servers,
      sentinels,
      master,
      failover: async () => await replaced(async (old) => await old.killHard()),
      switchOver: async () =>
        await replaced(
          async () =>
            await withRedis(sentinels[0]?.port ?? 0, (redis) =>
              redis.call('SENTINEL', 'FAILOVER', MASTER_NAME),
            ),
        ),
      logs: () => group.logs(),
      stop: async () => await group.stop(),
    };
  });
}

async function startOne(group: RedisGroup, name: string, masterPort: number): Promise<ManagedProcess> {
  return await onFreePort(async (port) => {
    const configFile = group.path(`${name}-${port}.conf`);
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      'daemonize no',
      `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} ${QUORUM}`,
      `sentinel down-after-milliseconds ${MASTER_NAME} ${DOWN_AFTER_MS}`,
      `sentinel failover-timeout ${MASTER_NAME} ${FAILOVER_TIMEOUT_MS}`,
    ];
    await writeFile(configFile, `${lines.join('\n')}\n`, { mode: 0o600 });
    const process = new ManagedProcess({
      name,
      kind: 'store',
      command: 'redis-server',
      args: [configFile, '--sentinel'],
      env: { PATH: searchPath(), LC_ALL: 'C' },
      cwd: group.path('.'),
      logFile: group.path(`${name}.log`),
      stopSignal: 'SIGTERM',
      startTimeoutMs: START_MS,
      ready: async (pid) => ((await servesAs(port, pid)) ? port : undefined),
      registry: testRegistry(),
    });
    await group.start(process);
    return process;
  });
}

async function linkedReplicas(server: ManagedProcess): Promise<number> {
  const text = await withRedis(server.port, (redis) => redis.info('replication'));
  return text.match(/^slave\d+:.*state=online/gm)?.length ?? 0;
}

/** What a sentinel says of the master. */
async function viewOf(sentinel: ManagedProcess): Promise<Map<string, string>> {
  const flat = (await withRedis(sentinel.port, (redis) =>
    redis.call('SENTINEL', 'MASTER', MASTER_NAME),
  )) as string[];
  const view = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) view.set(flat[i] as string, flat[i + 1] as string);
  return view;
}
