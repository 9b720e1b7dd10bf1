/** What was measured, in microseconds of CPU for a chunk, and what a machine offers. */
export interface CapacityInput {
  readonly gatewayMicros: number;
  readonly routerMicros: number;
  /** Without recognition: that depends on the recogniser, and is given apart. */
  readonly workerMicros: number;
  readonly redisMicros: number;
  readonly postgresMicros: number;
  /** Cores that the recogniser keeps busy for one real-time stream: its real-time factor. */
  readonly recogniserCores: number;
  readonly chunkMs: number;
  /** Share of a core that is planned with: the rest is for peaks, failures and upgrades. */
  readonly utilisation: number;
  readonly dollarsPerCoreHour: number;
}

export interface Capacity {
  readonly streams: number;
  readonly chunksPerSecond: number;
  readonly gateways: number;
  readonly routers: number;
  /** Worker processes for what is not recognition; the recogniser's cores come on top. */
  readonly workers: number;
  readonly recogniserCores: number;
  readonly redisNodes: number;
  readonly postgresCores: number;
  readonly cores: number;
  readonly coresPerThousand: number;
  readonly dollarsPerThousandHours: number;
  /** Shards to begin with: enough for the processes to come, a power of two. */
  readonly shards: number;
  /** Which kind of process needs most of its one core for a stream: the one that is at its end first. */
  readonly first: string;
}

const MICROS = 1e6;
const FEWEST_SHARDS = 64;
/** So many shards for each worker keep the fullest within a tenth of the mean. */
const SHARDS_PER_WORKER = 10;
const MOST_SHARDS = 4_096;

/** Processes of one core each, Redis nodes and cores for so many real-time streams. Pure. */
export function capacity(streams: number, input: CapacityInput): Capacity {
  const chunksPerSecond = (streams * 1_000) / input.chunkMs;
  const coresFor = (micros: number): number => (chunksPerSecond * micros) / MICROS / input.utilisation;
  const nodes = (micros: number): number => Math.max(1, Math.ceil(coresFor(micros)));
  const gateways = nodes(input.gatewayMicros);
  const routers = nodes(input.routerMicros);
  const workers = nodes(input.workerMicros);
  const redisNodes = nodes(input.redisMicros);
  const postgresCores = nodes(input.postgresMicros);
  const recogniserCores = (streams * input.recogniserCores) / input.utilisation;
  const cores = gateways + routers + workers + redisNodes + postgresCores + recogniserCores;
  const each = [
    ['gateway', input.gatewayMicros],
    ['worker', input.workerMicros],
    ['router', input.routerMicros],
    ['Redis', input.redisMicros],
  ] as const;
  const [first] = [...each].sort((a, b) => b[1] - a[1])[0] as (typeof each)[number];
  const owners = Math.max(workers, routers, redisNodes);
  const wanted = 2 ** Math.ceil(Math.log2(owners * SHARDS_PER_WORKER));
  return {
    streams,
    chunksPerSecond,
    gateways,
    routers,
    workers,
    recogniserCores,
    redisNodes,
    postgresCores,
    cores,
    coresPerThousand: (cores * 1_000) / streams,
    dollarsPerThousandHours: ((cores * 1_000) / streams) * input.dollarsPerCoreHour,
    shards: Math.min(MOST_SHARDS, Math.max(FEWEST_SHARDS, wanted)),
    first,
  };
}
