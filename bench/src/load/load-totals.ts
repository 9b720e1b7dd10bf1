import { decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';
import {
  COUNTS,
  type Counts,
  type Interval,
  newHistogram,
  noCounts,
  ONCE,
  type Phase,
  TIMINGS,
  type Timing,
} from './recorder.js';

export type Histograms = Record<Timing, Histogram>;

export function newHistograms(): Histograms {
  return Object.fromEntries(TIMINGS.map((name) => [name, newHistogram()])) as Histograms;
}

/** What all processes of a load have seen together. */
export class LoadTotals {
  readonly #phases: Readonly<Record<Phase, Histograms>> = {
    'warming-up': newHistograms(),
    measured: newHistograms(),
    ending: newHistograms(),
  };
  #since = newHistograms();
  #step = newHistograms();
  readonly #latest = new Map<number, Interval>();
  #loopDelayMaxMs = 0;
  #worstLoopDelayP99Ms = 0;

  add(process: number, interval: Interval): void {
    this.#latest.set(process, interval);
    for (const name of TIMINGS) {
      const text = interval.timings[name];
      if (text === undefined) continue;
      const histogram = decodeFromCompressedBase64(text, 32, false);
      this.of(ONCE.includes(name) ? 'measured' : interval.phase)[name].add(histogram);
      this.#since[name].add(histogram);
      this.#step[name].add(histogram);
    }
    this.#loopDelayMaxMs = Math.max(this.#loopDelayMaxMs, interval.loopDelayMaxMs);
    this.#worstLoopDelayP99Ms = Math.max(this.#worstLoopDelayP99Ms, interval.loopDelayP99Ms);
  }

  /** Histograms of a phase; what happens but once a session is told with what is measured, whenever it was. */
  of(phase: Phase): Histograms {
    return this.#phases[phase];
  }

  /** Histograms since the last call. */
  takeSince(): Histograms {
    const taken = this.#since;
    this.#since = newHistograms();
    return taken;
  }

  /** Histograms since the last call of this; a search has steps of many seconds. */
  takeStep(): Histograms {
    const taken = this.#step;
    this.#step = newHistograms();
    return taken;
  }

  get counts(): Counts {
    const sum = noCounts();
    for (const { counts } of this.#latest.values()) for (const name of COUNTS) sum[name] += counts[name];
    return sum;
  }

  get errors(): Record<string, number> {
    return this.#merge(({ errors }) => errors);
  }

  get complaints(): Record<string, number> {
    return this.#merge(({ complaints }) => complaints);
  }

  get complaintCount(): number {
    return Object.values(this.complaints).reduce((sum, count) => sum + count, 0);
  }

  get examples(): string[] {
    return [...this.#latest.values()].flatMap(({ examples }) => examples);
  }

  get loopDelayMaxMs(): number {
    return this.#loopDelayMaxMs;
  }

  get worstLoopDelayP99Ms(): number {
    return this.#worstLoopDelayP99Ms;
  }

  #merge(of: (interval: Interval) => Readonly<Record<string, number>>): Record<string, number> {
    const sum: Record<string, number> = {};
    for (const interval of this.#latest.values())
      for (const [name, count] of Object.entries(of(interval))) sum[name] = (sum[name] ?? 0) + count;
    return sum;
  }
}
