import { setTimeout as sleep } from 'node:timers/promises';
import { correctness } from '../bench/checks.js';
import { latencyOf, type Measurement } from '../bench/measurement.js';
import type { Check, Scenario } from '../bench/scenario.js';
import { bytes } from '../report/format.js';
import { openTarget, startRun } from './speak.js';

const CONNECTIONS = 300;
const OVERLOAD_MS = 60_000;
/** What the workers can take of what is offered. */
const CAPACITY = 0.7;
/** Who stays afterwards. */
const STAYING = 0.3;
const RTF = 0.1;
const SEGMENT_MS = 1_000;
/** A result takes the recogniser's own time, and may take so much more. */
const NORMAL_MS = RTF * SEGMENT_MS + 300;
const RECOVERY_AT_MOST_MS = 180_000;
const AFTER_MS = 10_000;
/** Memory of gateway and router may move so much and still be called flat: garbage comes and goes. */
const FLAT_BYTES = 64 * 2 ** 20;

function flat({ processes, moments }: Measurement, from: number): Check[] {
  return processes
    .filter(({ role }) => role === 'gateway' || role === 'router')
    .map(({ name }) => {
      const sizes = moments
        .filter(({ atSeconds }) => atSeconds >= from)
        .map((moment) => moment.processes[name]?.residentBytes ?? 0);
      const growth = Math.max(...sizes) - (sizes[0] ?? 0);
      return {
        what: `memory of ${name} is flat during the overload`,
        wanted: `grows at most ${bytes(FLAT_BYTES)}`,
        got: bytes(Math.max(0, growth)),
        ok: growth <= FLAT_BYTES,
        binding: false,
      };
    });
}

/** More audio than the workers can take, then less: it queues, and the queue drains. */
export const overload: Scenario = {
  name: 'overload',
  about: 'more audio than the workers can take for a minute, then recovery',
  run: async (context) => {
    const { options, say } = context;
    const clients = options.connections ?? CONNECTIONS;
    const overloadMs = options.durationMs ?? OVERLOAD_MS;
    const concurrency = Math.max(1, Math.round((clients * RTF * CAPACITY) / options.workers));
    const env = { SYNTHETIC_RTF: String(RTF), SYNTHETIC_CONCURRENCY: String(concurrency) };
    const target = await openTarget(context, { env });
    const defaults = { mode: 'long', lateMs: 0, finishMs: RECOVERY_AT_MOST_MS } as const;
    const run = await startRun(context, target, clients, defaults, (at) => (at * 1_000) / (2 * overloadMs));
    const staying = Math.max(1, Math.round(clients * STAYING));
    run.load.setClients(staying, 2_000);
    await sleep(5_000);
    const overloadedAt = run.moments.at(-1)?.atSeconds ?? 0;
    run.beginWindow();
    run.load.setClients(clients, 1_000);
    await sleep(overloadMs);
    run.endWindow();
    const behind = run.moments.at(-1)?.queueAgeSeconds ?? null;
    const segmentsBefore = run.load.totals.counts.segments;
    const begunAt = performance.now();
    say(`overload is over; the queue is ${behind?.toFixed(1) ?? '?'} s old`);
    run.load.setClients(staying, 0);
    let recoveredMs: number | null = null;
    while (performance.now() - begunAt < RECOVERY_AT_MOST_MS && recoveredMs === null) {
      run.load.totals.takeStep();
      await sleep(2_000);
      const result = latencyOf(run.load.totals.takeStep().result);
      if (result.count > 0 && result.p99 < NORMAL_MS) recoveredMs = performance.now() - begunAt;
    }
    const drained = run.load.totals.counts.segments - segmentsBefore;
    run.load.totals.takeStep();
    await sleep(AFTER_MS);
    const after = latencyOf(run.load.totals.takeStep().result);
    const measurement = await run.finish();
    const capacity = (concurrency * options.workers) / RTF;
    const rate = recoveredMs === null ? 0 : (drained * 1_000) / recoveredMs;
    const { refusedStarts, refusedUpgrades, slowedDown } = measurement.counts;
    const refused = refusedStarts + refusedUpgrades + slowedDown;
    const checks: Check[] = [
      ...correctness(measurement),
      { what: 'nothing was refused', wanted: '0', got: `${refused}`, ok: refused === 0, binding: false },
      {
        what: 'latency is back to normal',
        wanted: `result p99 at most ${NORMAL_MS} ms`,
        got: `${after.p99.toFixed(0)} ms`,
        ok: recoveredMs !== null && after.p99 <= NORMAL_MS,
        binding: true,
      },
      ...flat(measurement, overloadedAt),
    ];
    return {
      about:
        `Workers take ${capacity.toFixed(0)} seconds of audio a second; ${clients} clients speak for ` +
        `${overloadMs / 1_000} s, then ${staying} stay.`,
      measurement,
      checks,
      tables: [
        {
          title: 'Recovery',
          head: ['', ''],
          rows: [
            ['age of the queue at the end of the overload', behind === null ? '?' : `${behind.toFixed(1)} s`],
            ['normal again after', recoveredMs === null ? 'never' : `${(recoveredMs / 1_000).toFixed(1)} s`],
            ['segments a second meanwhile', `${rate.toFixed(0)}, of ${capacity.toFixed(0)} possible`],
            ['result p99 afterwards', `${after.p99.toFixed(0)} ms`],
          ],
        },
      ],
    };
  },
};
