import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Complaint } from './complaint.js';

/** What is timed, in microseconds. */
export const TIMINGS = ['connect', 'start', 'ack', 'result', 'final', 'send', 'word', 'pause'] as const;
export type Timing = (typeof TIMINGS)[number];

/** What is counted. `open…` are what is now, the rest what was so far. */
export const COUNTS = [
  'openSockets',
  'openSessions',
  'sessionsStarted',
  'sessionsCompleted',
  'chunksSent',
  'chunksAcked',
  'bytesSent',
  'bytesReceived',
  'segments',
  'interims',
  'reconnects',
  'rewinds',
  'refusedUpgrades',
  'refusedStarts',
  'slowedDown',
  'wordErrors',
  'words',
] as const;
export type Count = (typeof COUNTS)[number];
export type Counts = Record<Count, number>;

/** Happens once a session or socket: told of the whole run. */
export const ONCE: readonly Timing[] = ['connect', 'start', 'final'];

/** Where a run is: times count, and what is late is a failure, while it is measured. */
export type Phase = 'warming-up' | 'measured' | 'ending';

export interface Interval {
  readonly phase: Phase;
  /** Histograms of what happened since the last interval, encoded. */
  readonly timings: Partial<Record<Timing, string>>;
  readonly counts: Counts;
  readonly errors: Readonly<Record<string, number>>;
  readonly complaints: Readonly<Record<string, number>>;
  /** The first few, for people. */
  readonly examples: readonly string[];
  /** Longest the event loop was away in this interval, and how long it usually was. */
  readonly loopDelayMaxMs: number;
  readonly loopDelayP99Ms: number;
}

const MOST_MICROS = 600_000_000;
const MOST_EXAMPLES = 20;

export function newHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: MOST_MICROS,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
    useWebAssembly: false,
  });
}

export function noCounts(): Counts {
  return Object.fromEntries(COUNTS.map((name) => [name, 0])) as Counts;
}

/** Collects what the clients of one process see. */
export class Recorder {
  readonly counts = noCounts();
  phase: Phase = 'measured';
  readonly #histograms = Object.fromEntries(TIMINGS.map((name) => [name, newHistogram()])) as Record<
    Timing,
    Histogram
  >;
  readonly #errors = new Map<string, number>();
  readonly #complaints = new Map<string, number>();
  readonly #examples: string[] = [];

  time(timing: Timing, ms: number): void {
    const micros = Math.min(MOST_MICROS, Math.max(1, Math.round(ms * 1_000)));
    this.#histograms[timing].recordValue(micros);
  }

  error(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }

  complain(sessionId: string, complaints: readonly Complaint[]): void {
    for (const { kind, detail } of complaints) {
      this.#complaints.set(kind, (this.#complaints.get(kind) ?? 0) + 1);
      if (this.#examples.length < MOST_EXAMPLES) this.#examples.push(`${sessionId}: ${kind}: ${detail}`);
    }
  }

  /** What happened since the last call. */
  interval(loopDelayMaxMs: number, loopDelayP99Ms: number): Interval {
    const timings: Partial<Record<Timing, string>> = {};
    for (const name of TIMINGS) {
      const histogram = this.#histograms[name];
      if (histogram.totalCount === 0) continue;
      timings[name] = encodeIntoCompressedBase64(histogram);
      histogram.reset();
    }
    return {
      phase: this.phase,
      timings,
      counts: { ...this.counts },
      errors: Object.fromEntries(this.#errors),
      complaints: Object.fromEntries(this.#complaints),
      examples: [...this.#examples],
      loopDelayMaxMs,
      loopDelayP99Ms,
    };
  }
}
