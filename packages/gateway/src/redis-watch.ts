import { isCluster, type Logger, masters, type RedisClient } from '@tributary/shared';
import { MasterRuns } from './master-runs.js';

const LOOK_MS = 1_000;

interface Server {
  runId: string;
  /** Its clock minus `performance.now()`. */
  offsetMs: number;
  /** Used share of its memory limit; 0 when it has none. */
  ratio: number;
}

/**
 * What a gateway has to know of the Redis servers themselves: how full they are, and whether one was started again or
 * has taken over. In a cluster that concerns some shards only; the sessions of all are restored, which does no harm.
 */
export class RedisWatch {
  readonly #redis: RedisClient;
  readonly #logger: Logger;
  readonly #restarted: () => void;
  readonly #runs = new MasterRuns();
  #ratio = 0;
  #looks = 0;
  /** Until the first look: of our own clock. */
  #offsetMs = performance.timeOrigin;
  #timer: NodeJS.Timeout | undefined;

  constructor(redis: RedisClient, logger: Logger, restarted: () => void) {
    this.#redis = redis;
    this.#logger = logger;
    this.#restarted = restarted;
  }

  /** Used share of Redis' maxmemory, of the fullest master in a cluster; 0 when there is no limit. */
  get ratio(): number {
    return this.#ratio;
  }

  /** Redis' clock, Unix ms; of some master in a cluster, whose clocks are held to be alike. */
  redisNowMs(): number {
    return performance.now() + this.#offsetMs;
  }

  /** Whether this run of Redis has been noticed, and what it may have lost is being restored. */
  isKnown(runId: string): boolean {
    return this.#runs.has(runId);
  }

  /** Looks once, then once a second and after every reconnect. */
  async start(): Promise<void> {
    await this.#look();
    const again = (): void => {
      this.#look().catch((error: unknown) =>
        this.#logger.debug({ err: String(error) }, 'redis not looked at'),
      );
    };
    this.#timer = setInterval(again, LOOK_MS);
    this.#redis.on('ready', again);
    if (isCluster(this.#redis)) this.#redis.on('+node', again);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const look = ++this.#looks;
    const ratios: number[] = [];
    const runIds: string[] = [];
    // Each answer counts when it comes: a master that hangs must not hide what happened to another one.
    const asked = masters(this.#redis).map(async (master) => {
      const { runId, ratio, offsetMs } = await lookAt(master);
      this.#offsetMs = offsetMs;
      ratios.push(ratio);
      runIds.push(runId);
      if (!this.#runs.noted(runId) || look === 1) return;
      this.#logger.warn({ runId }, 'redis was started again or failed over; restoring sessions');
      this.#restarted();
    });
    await Promise.any(asked);
    await Promise.allSettled(asked);
    if (look === this.#looks && runIds.length === asked.length) this.#runs.onlyThese(runIds);
    this.#ratio = Math.max(...ratios);
  }
}

async function lookAt(master: RedisClient): Promise<Server> {
  const askedAt = performance.now();
  const [server, memory] = await Promise.all([master.info('server'), master.info('memory')]);
  // Half of the round trip lies before the answer was made.
  const meanwhile = (askedAt + performance.now()) / 2;
  const field = (info: string, name: string): string =>
    new RegExp(`^${name}:(\\w+)`, 'm').exec(info)?.[1] ?? '';
  const used = Number(field(memory, 'used_memory'));
  const limit = Number(field(memory, 'maxmemory'));
  return {
    runId: field(server, 'run_id'),
    offsetMs: Number(field(server, 'server_time_usec')) / 1_000 - meanwhile,
    ratio: limit === 0 ? 0 : used / limit,
  };
}
