import { setTimeout as sleep } from 'node:timers/promises';
import { loadPlan } from '../bench/load-plan.js';
import { queueAgesSeconds } from '../bench/queue-age.js';
import { LoadRun } from '../bench/run-load.js';
import type { Check, Scenario, ScenarioContext } from '../bench/scenario.js';
import { startTarget, type Target } from '../bench/target.js';

const COUNTS = [1, 2, 4] as const;
/**
 * A worker recognises so many sessions at a time and needs this share of their length for it, by waiting and not by
 * burning: 20 seconds of audio a second, so little that eleven processes on two cores are never what is scarce.
 */
const CONCURRENCY = 10;
const RTF = 0.5;
/** Clients for each worker when left out: twice what it can serve, so that it never has nothing to do. */
const CLIENTS = 40;
/** A worker whose oldest audio is older than this has more to do than it can: a segment of 1 s that starts at once is younger. */
const BEHIND_SECONDS = 3;
const SETTLE_AT_MOST_MS = 90_000;
const MEASURE_MS = 30_000;
const REPORT_AT_MOST_MS = 30_000;
const LEAST = 0.95;

interface Throughput {
  readonly count: number;
  readonly segmentsPerSecond: number;
  readonly wrong: number;
  /** Every worker had more to do than it could, to the end. */
  readonly scarce: boolean;
}

async function allBehind(target: Target): Promise<boolean> {
  const ages = await queueAgesSeconds(target.cluster?.workers ?? []);
  return ages.every((age) => age !== null && age >= BEHIND_SECONDS);
}

/** Waits until each worker has its shards, and more audio than it can recognise. @throws when that takes too long */
async function settle(target: Target, workers: number): Promise<void> {
  const giveUpAt = performance.now() + SETTLE_AT_MOST_MS;
  while (!(await allBehind(target))) {
    if (performance.now() > giveUpAt) {
      const seconds = SETTLE_AT_MOST_MS / 1_000;
      throw new Error(
        `not each of the workers (${workers}) had more audio than it can take within ${seconds} s`,
      );
    }
    await sleep(500);
  }
}

/**
 * Segments so far, at the moment at which the load has just told so: it does once a second, and a count that is up to
 * a second old would be wrong by several hundredths over a short time.
 */
async function nextReport(run: LoadRun): Promise<{ at: number; segments: number }> {
  const before = run.load.totals.counts.segments;
  const giveUpAt = performance.now() + REPORT_AT_MOST_MS;
  for (;;) {
    const { segments } = run.load.totals.counts;
    const at = performance.now();
    if (segments !== before) return { at, segments };
    if (at > giveUpAt) throw new Error(`no result in ${REPORT_AT_MOST_MS / 1_000} s`);
    await sleep(10);
  }
}

async function measure(context: ScenarioContext, workers: number, gateways: number): Promise<Throughput> {
  const { options, say } = context;
  const target = await startTarget({
    gateways,
    routers: options.routers,
    workers,
    engine: 'synthetic',
    env: { SYNTHETIC_RTF: String(RTF), SYNTHETIC_CONCURRENCY: String(CONCURRENCY) },
  });
  context.cleanUp(target.stop);
  const measureMs = options.durationMs ?? MEASURE_MS;
  let measuredFrom: number | null = null;
  const run = await LoadRun.start({
    target,
    plan: loadPlan(options, target.socketUrls, { mode: 'long', lateMs: 0 }),
    processes: options.processes ?? 1,
    onMoment: (moment) => {
      const share = measuredFrom === null ? 0 : (performance.now() - measuredFrom) / measureMs;
      context.progress(moment, share, `${workers} workers`);
    },
  });
  context.cleanUp(() => run.stop());
  try {
    run.load.setClients((options.connections ?? CLIENTS) * workers, options.rampMs ?? 1_000);
    await settle(target, workers);
    const from = await nextReport(run);
    measuredFrom = from.at;
    await sleep(measureMs);
    const to = await nextReport(run);
    const segmentsPerSecond = ((to.segments - from.segments) * 1_000) / (to.at - from.at);
    const scarce = await allBehind(target);
    say(
      `workers ${workers}, gateways ${gateways}: ${segmentsPerSecond.toFixed(1)} seconds of audio a second`,
    );
    return { count: workers, segmentsPerSecond, wrong: run.load.totals.complaintCount, scarce };
  } finally {
    // What waits in the queue by design is not waited for.
    await run.stop();
    await target.stop();
  }
}

/** Throughput against the number of workers and gateways, where the recogniser is what is scarce. */
export const scale: Scenario = {
  name: 'scale',
  about: '1, 2 and 4 workers and gateways: throughput against their number',
  run: async (context) => {
    if (context.options.server !== undefined)
      throw new Error('scale starts clusters of its own: leave -server out');
    const found: Throughput[] = [];
    for (const count of COUNTS) found.push(await measure(context, count, count));
    const one = found[0]?.segmentsPerSecond ?? 0;
    const share = ({ count, segmentsPerSecond }: Throughput): number => segmentsPerSecond / (one * count);
    const checks: Check[] = found.flatMap((it) => [
      {
        what: `transcripts with ${it.count} workers`,
        wanted: '0 wrong',
        got: `${it.wrong} wrong`,
        ok: it.wrong === 0,
        binding: true,
      },
      {
        what: `the recogniser is what is scarce with ${it.count} workers`,
        wanted: 'each has more than it can take',
        got: it.scarce ? 'each has' : 'not each',
        ok: it.scarce,
        binding: true,
      },
      {
        what: `throughput of ${it.count} workers, for each, against one`,
        wanted: `at least ${LEAST}`,
        got: share(it).toFixed(3),
        ok: share(it) >= LEAST,
        binding: false,
      },
    ]);
    return {
      about: `A worker recognises ${CONCURRENCY} sessions at a time and waits ${RTF} s for each second of audio; ${context.options.connections ?? CLIENTS} clients for each worker speak.`,
      measurement: null,
      checks,
      tables: [
        {
          title: 'Throughput',
          head: ['workers and gateways', 'seconds of audio a second', 'for each worker, against one'],
          rows: found.map((it) => [`${it.count}`, it.segmentsPerSecond.toFixed(1), share(it).toFixed(3)]),
        },
      ],
    };
  },
};
