import type { Bounds } from './bounds.js';
import { type Cost, leastCost, microsPerChunk } from './cost.js';
import { STANDARD_PACE } from './paced-protocol.js';

/** What the second floor is called. */
export const PACED_TITLE = `at the pace of ${STANDARD_PACE.people} people`;

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly system: string;
  readonly node: string;
  readonly redis: string;
}

/** One line of the table. */
export interface FloorStep {
  readonly id: string;
  readonly step: string;
  readonly process: string;
  readonly microsPerChunk: number;
  /** True when it belongs to the path of a binary chunk and so to the sum. */
  readonly counted: boolean;
  readonly chunks: number;
  readonly wallMs: number;
}

export interface FloorReport {
  readonly machine: Machine;
  readonly chunkBytes: number;
  readonly bounds: Bounds;
  readonly steps: readonly FloorStep[];
  /** Microseconds of CPU that a binary chunk costs at least, in all processes together. */
  readonly sumMicrosPerChunk: number;
  /** The same path from end to end at the pace of people who speak: microseconds of CPU by process. */
  readonly paced: { readonly gateway: number; readonly redis: number; readonly reader: number };
}

export interface FloorCosts {
  readonly socket: Cost;
  readonly append: Cost;
  readonly read: Cost;
  readonly rawAppend: Cost;
  readonly json: Cost;
  readonly paced: Cost;
}

/** Puts what was measured together: of each step the run that cost least. Pure. */
export function floorReport(
  options: Bounds & { readonly chunkBytes: number },
  machine: Machine,
  runs: readonly FloorCosts[],
): FloorReport {
  const least = (name: keyof FloorCosts): Cost => leastCost(runs.map((run) => run[name]));
  const socket = least('socket');
  const append = least('append');
  const read = least('read');
  const rawAppend = least('rawAppend');
  const json = least('json');
  const paced = least('paced');
  const line = (
    id: string,
    step: string,
    process: string,
    cost: Cost,
    name: string,
    counted = true,
  ): FloorStep => ({
    id,
    step,
    process,
    microsPerChunk: microsPerChunk(cost, name),
    counted,
    chunks: cost.chunks,
    wallMs: cost.wallMs,
  });
  const steps = [
    line('socket', 'receive a binary frame, reply', 'uWebSockets.js', socket, 'server'),
    line('append-client', 'XADD, pipelined', 'ioredis', append, 'client'),
    line('append-redis', 'XADD, pipelined', 'Redis', append, 'redis'),
    line('read-redis', 'XREADGROUP NOACK, XTRIM', 'Redis', read, 'redis'),
    line('read-client', 'XREADGROUP NOACK, XTRIM', 'ioredis', read, 'reader'),
    line('raw-append-client', 'XADD by hand', 'raw socket', rawAppend, 'client', false),
    line('raw-append-redis', 'XADD by hand', 'Redis', rawAppend, 'redis', false),
    line('json', 'JSON.parse and base64 of a chunk', 'Node', json, 'parser', false),
    line('paced-gateway', `${PACED_TITLE}: all of it`, 'gateway', paced, 'gateway', false),
    line('paced-redis', `${PACED_TITLE}: all of it`, 'Redis', paced, 'redis', false),
    line('paced-reader', `${PACED_TITLE}: all of it`, 'reader', paced, 'reader', false),
  ];
  const sumMicrosPerChunk = steps.reduce((sum, step) => sum + (step.counted ? step.microsPerChunk : 0), 0);
  const { chunks, seconds, chunkBytes } = options;
  const pacedOf = (name: string): number => microsPerChunk(paced, name);
  return {
    machine,
    chunkBytes,
    bounds: { chunks, seconds },
    steps,
    sumMicrosPerChunk,
    paced: { gateway: pacedOf('gateway'), redis: pacedOf('redis'), reader: pacedOf('reader') },
  };
}

/** The table for people. Pure. */
export function formatFloor({ machine, chunkBytes, steps, sumMicrosPerChunk }: FloorReport): string {
  const row = (step: string, process: string, micros: string, chunks: string): string =>
    `${step.padEnd(38)}${process.padEnd(16)}${micros.padStart(10)}${chunks.padStart(12)}`.trimEnd();
  const lines = (counted: boolean): string[] =>
    steps
      .filter((step) => step.counted === counted)
      .map((s) => row(s.step, s.process, s.microsPerChunk.toFixed(2), String(s.chunks)));
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${machine.node}, Redis ${machine.redis}`,
    `CPU time for a chunk of ${chunkBytes} bytes; Redis with append-only file, fsync once a second.`,
    'Of each step the cheapest of several runs.',
    '',
    row('step', 'process', 'µs/chunk', 'measured'),
    ...lines(true),
    row('sum', '', sumMicrosPerChunk.toFixed(2), ''),
    '',
    'apart, for comparison:',
    ...lines(false),
  ].join('\n');
}
