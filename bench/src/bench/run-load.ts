import { setTimeout as sleep } from 'node:timers/promises';
import { Load } from '../load/load.js';
import type { LoadPlan } from '../load/load-messages.js';
import { type Sample, sampleAll, type Watched } from '../machine/watched.js';
import { bottleneckOf } from './bottleneck.js';
import { latencyOf, type Measurement, type Moment, type ProcessUse } from './measurement.js';
import { queueAgeSeconds } from './queue-age.js';
import type { Target } from './target.js';

/** More clients than this get another process to play them, as long as there are cores. */
export const CLIENTS_PER_PROCESS = 2_000;
const MOMENT_MS = 1_000;

export interface LoadRunOptions {
  readonly target: Target;
  readonly plan: LoadPlan;
  readonly processes: number;
  onMoment?(moment: Moment, load: Load): void;
  /** Told how to end the load at once, for a signal that comes in between. */
  opened?(kill: () => Promise<void>): void;
}

/** A load that is running, with everything followed once a second. */
export class LoadRun {
  readonly load: Load;
  readonly moments: Moment[] = [];
  readonly #options: LoadRunOptions;
  readonly #watched: readonly Watched[];
  readonly #startedAt = performance.now();
  readonly #first: readonly Sample[];
  #last: { at: number; samples: readonly Sample[]; chunksAcked: number };
  #peaks = new Map<string, number>();
  #window: { at: number; samples: readonly Sample[]; chunks: number } | null = null;
  #windowEnd: { at: number; samples: readonly Sample[]; chunks: number } | null = null;
  readonly #following: Promise<void>;
  #over = false;

  private constructor(load: Load, options: LoadRunOptions) {
    this.load = load;
    this.#options = options;
    this.#watched = [
      ...options.target.watched,
      ...load.pids.map((pid, n) => ({ name: `load-${n + 1}`, role: 'load' as const, pid, family: false })),
    ];
    this.#first = sampleAll(this.#watched);
    this.#last = { at: performance.now(), samples: this.#first, chunksAcked: 0 };
    this.#following = this.#follow();
  }

  static async start(options: LoadRunOptions): Promise<LoadRun> {
    const load = await Load.start(options.plan, options.processes);
    options.opened?.(() => load.kill());
    return new LoadRun(load, options);
  }

  /** From here on CPU and times are counted. */
  beginWindow(): void {
    if (this.#options.plan.warmsUp) this.load.enter('measured');
    this.#window = this.#mark();
  }

  endWindow(): void {
    if (this.#options.plan.warmsUp) this.load.enter('ending');
    this.#windowEnd = this.#mark();
  }

  /** Lets the clients finish and puts together what was seen. */
  async finish(): Promise<Measurement> {
    if (this.#windowEnd === null) this.endWindow();
    try {
      await this.load.stop();
    } finally {
      await this.stop();
    }
    return this.measurement();
  }

  /** Ends the load at once. Can be called twice. */
  async stop(): Promise<void> {
    this.#over = true;
    await this.load.kill();
    await this.#following;
  }

  measurement(): Measurement {
    const { totals } = this.load;
    const window = this.#window ?? { at: this.#startedAt, samples: this.#first, chunks: 0 };
    const end = this.#windowEnd ?? this.#mark();
    const windowSeconds = (end.at - window.at) / 1_000;
    const windowChunks = end.chunks - window.chunks;
    const { counts, errors, complaints, complaintCount, examples } = totals;
    const histograms = totals.of('measured');
    const timings = {
      connect: latencyOf(histograms.connect),
      start: latencyOf(histograms.start),
      ack: latencyOf(histograms.ack),
      result: latencyOf(histograms.result),
      final: latencyOf(histograms.final),
      send: latencyOf(histograms.send),
      word: latencyOf(histograms.word),
      pause: latencyOf(histograms.pause),
    };
    return {
      seconds: (performance.now() - this.#startedAt) / 1_000,
      windowSeconds,
      windowChunks,
      counts,
      timings,
      apart: (this.#options.plan.warmsUp ? (['warming-up', 'ending'] as const) : []).map((phase) => {
        const { ack, result } = totals.of(phase);
        return { phase, ack: latencyOf(ack), result: latencyOf(result) };
      }),
      errors,
      complaints,
      complaintCount,
      examples,
      moments: this.moments,
      processes: this.#uses(window.samples, end.samples, windowSeconds, windowChunks),
      bottleneck: bottleneckOf(timings.send, totals.worstLoopDelayP99Ms),
    };
  }

  #uses(
    from: readonly Sample[],
    to: readonly Sample[],
    windowSeconds: number,
    windowChunks: number,
  ): ProcessUse[] {
    return this.#watched.map(({ name, role }, i) => {
      const cpuSeconds = (to[i]?.usage.cpuSeconds ?? 0) - (from[i]?.usage.cpuSeconds ?? 0);
      return {
        name,
        role,
        cpuSeconds,
        cpu: windowSeconds > 0 ? cpuSeconds / windowSeconds : 0,
        microsPerChunk: windowChunks > 0 ? (cpuSeconds * 1e6) / windowChunks : 0,
        startBytes: this.#first[i]?.usage.residentBytes ?? 0,
        peakBytes: this.#peaks.get(name) ?? 0,
        endBytes: to[i]?.usage.residentBytes ?? 0,
      };
    });
  }

  #mark(): { at: number; samples: readonly Sample[]; chunks: number } {
    return {
      at: performance.now(),
      samples: sampleAll(this.#watched),
      chunks: this.load.totals.counts.chunksAcked,
    };
  }

  async #follow(): Promise<void> {
    while (!this.#over) {
      await sleep(MOMENT_MS);
      if (this.#over) return;
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const cluster = this.#options.target.cluster;
    const queueAge = cluster === null ? null : await queueAgeSeconds(cluster.workers);
    const at = performance.now();
    const samples = sampleAll(this.#watched);
    const { totals } = this.load;
    const { counts } = totals;
    const seconds = (at - this.#last.at) / 1_000;
    const histograms = totals.takeSince();
    const processes: Record<string, { cpu: number; residentBytes: number }> = {};
    samples.forEach(({ name, usage }, i) => {
      const before = this.#last.samples[i]?.usage.cpuSeconds ?? 0;
      const { residentBytes } = usage;
      processes[name] = { cpu: Math.max(0, usage.cpuSeconds - before) / seconds, residentBytes };
      this.#peaks.set(name, Math.max(this.#peaks.get(name) ?? 0, residentBytes));
    });
    const moment: Moment = {
      atSeconds: (at - this.#startedAt) / 1_000,
      counts,
      chunksPerSecond: (counts.chunksAcked - this.#last.chunksAcked) / seconds,
      ack: latencyOf(histograms.ack),
      result: latencyOf(histograms.result),
      complaints: totals.complaintCount,
      queueAgeSeconds: queueAge,
      processes,
    };
    this.#last = { at, samples, chunksAcked: counts.chunksAcked };
    this.moments.push(moment);
    this.#options.onMoment?.(moment, this.load);
  }
}
