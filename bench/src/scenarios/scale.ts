import { setTimeout as sleep } from 'node:timers/promises';
import { loadPlan } from '../bench/load-plan.js';
import { LoadRun } from '../bench/run-load.js';
import type { Check, Scenario, ScenarioContext } from '../bench/scenario.js';
import { startTarget } from '../bench/target.js';

const COUNTS = [1, 2, 4] as const;
/** What one worker can do: so many seconds of audio a second, by waiting and not by burning. */
const CONCURRENCY = 40;
/** Clients for each worker: more than it can serve, so that it never has nothing to do. */
const CLIENTS = 80;
const SETTLE_MS = 8_000;
const MEASURE_MS = 20_000;
const LEAST = 0.95;

interface Throughput {
  readonly count: number;
  readonly segmentsPerSecond: number;
  readonly wrong: number;
}

async function measure(context: ScenarioContext, workers: number, gateways: number): Promise<Throughput> {
  const { options, say } = context;
  const target = await startTarget({
    gateways,
    routers: 1,
    workers,
    engine: 'synthetic',
    env: { SYNTHETIC_RTF: '1', SYNTHETIC_CONCURRENCY: String(CONCURRENCY) },
  });
  context.cleanUp(target.stop);
  const run = await LoadRun.start({
    target,
    plan: loadPlan(options, target.socketUrls, { mode: 'long', lateMs: 0 }),
    processes: 1,
    onMoment: (moment) =>
      context.progress(moment, (moment.atSeconds * 1_000) / (SETTLE_MS + MEASURE_MS), `${workers} workers`),
  });
  context.cleanUp(() => run.stop());
  try {
    run.load.setClients(CLIENTS * workers, 1_000);
    await sleep(SETTLE_MS);
    const before = run.load.totals.counts.segments;
    const begunAt = performance.now();
    await sleep(options.durationMs ?? MEASURE_MS);
    const segments = run.load.totals.counts.segments - before;
    const segmentsPerSecond = (segments * 1_000) / (performance.now() - begunAt);
    say(
      `workers ${workers}, gateways ${gateways}: ${segmentsPerSecond.toFixed(1)} seconds of audio a second`,
    );
    return { count: workers, segmentsPerSecond, wrong: run.load.totals.complaintCount };
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
        what: `throughput of ${it.count} workers, for each, against one`,
        wanted: `at least ${LEAST}`,
        got: share(it).toFixed(3),
        ok: share(it) >= LEAST,
        binding: false,
      },
    ]);
    return {
      about: `A worker recognises ${CONCURRENCY} sessions at a time, in real time, by waiting; ${CLIENTS} clients for each worker speak.`,
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
