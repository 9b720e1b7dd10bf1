import type { Histogram } from 'hdr-histogram-js';
import type { Counts, Phase, Timing } from '../load/recorder.js';
import type { Role } from '../machine/watched.js';

/** A distribution of times, in milliseconds. */
export interface Latency {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export function latencyOf(histogram: Histogram): Latency {
  const at = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1_000;
  const count = histogram.totalCount;
  return count === 0
    ? { count, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 }
    : {
        count,
        mean: histogram.mean / 1_000,
        p50: at(50),
        p90: at(90),
        p99: at(99),
        p999: at(99.9),
        max: histogram.maxValue / 1_000,
      };
}

/** One second or so of a run. */
export interface Moment {
  /** Since the run began. */
  readonly atSeconds: number;
  readonly counts: Counts;
  readonly chunksPerSecond: number;
  readonly ack: Latency;
  readonly result: Latency;
  readonly complaints: number;
  readonly queueAgeSeconds: number | null;
  /** By name of the process: share of one core, and memory. */
  readonly processes: Readonly<Record<string, { readonly cpu: number; readonly residentBytes: number }>>;
}

/** What one process used in the measured part of a run. */
export interface ProcessUse {
  readonly name: string;
  readonly role: Role;
  readonly cpuSeconds: number;
  /** Share of one core, 0 to 1 and above with several threads. */
  readonly cpu: number;
  readonly microsPerChunk: number;
  readonly startBytes: number;
  readonly peakBytes: number;
  readonly endBytes: number;
}

/** What one run under load has shown. */
export interface Measurement {
  readonly seconds: number;
  /** The part in which all clients were there and all was warm: what CPU and times are given for. */
  readonly windowSeconds: number;
  readonly windowChunks: number;
  readonly counts: Counts;
  readonly timings: Readonly<Record<Timing, Latency>>;
  /** What it took before and behind that: while all warmed up, and while all ended at once; none where all is measured. */
  readonly apart: readonly {
    readonly phase: Exclude<Phase, 'measured'>;
    readonly ack: Latency;
    readonly result: Latency;
  }[];
  readonly errors: Readonly<Record<string, number>>;
  readonly complaints: Readonly<Record<string, number>>;
  readonly complaintCount: number;
  readonly examples: readonly string[];
  readonly moments: readonly Moment[];
  readonly processes: readonly ProcessUse[];
  /** Why the load generator may have measured itself; null when it did not. */
  readonly bottleneck: string | null;
}
