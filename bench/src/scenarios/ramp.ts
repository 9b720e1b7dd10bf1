import { setTimeout as sleep } from 'node:timers/promises';
import { correctness } from '../bench/checks.js';
import { latencyOf } from '../bench/measurement.js';
import type { LoadRun } from '../bench/run-load.js';
import type { Scenario } from '../bench/scenario.js';
import { highestGood, nextStep, type Step } from './bisect.js';
import { openTarget, startRun } from './speak.js';

const FIRST = 500;
const MOST = 16_000;
const PRECISION = 0.05;
const HOLD_MS = 20_000;
/** The first clients speak so long before the search: what has just started still compiles its code. */
const WARM_UP_MS = 20_000;
/** Clients that begin in a second: people do not come all at once, and those who do have `burst`. */
const BEGIN_PER_SECOND = 250;
const RESULT_P99_MS = 300;
const WANTED = 2_000;
const CALM_MS = 30_000;
/** Steps a search may take at most: for the progress bar, and against a machine that changes its mind. */
const MOST_STEPS = 14;

interface Held extends Step {
  /** Every transcript, acknowledgement and number was right. */
  readonly sound: boolean;
  readonly ackP99: number;
  readonly resultP99: number;
  readonly chunksPerSecond: number;
}

/** Holds so many clients for a while and tells how that went. */
async function hold(run: LoadRun, clients: number, holdMs: number): Promise<Held> {
  const change = Math.abs(clients - run.load.clients);
  const changeMs = (change / BEGIN_PER_SECOND) * 1_000;
  run.load.setClients(clients, changeMs);
  // What the change itself stirs up does not count.
  await sleep(changeMs + 3_000);
  const wrongBefore = run.load.totals.complaintCount;
  const ackedBefore = run.load.totals.counts.chunksAcked;
  run.load.totals.takeStep();
  await sleep(holdMs);
  const histograms = run.load.totals.takeStep();
  const result = latencyOf(histograms.result);
  const { complaintCount, counts } = run.load.totals;
  const sound = complaintCount === wrongBefore;
  const good = sound && result.count > 0 && result.p99 < RESULT_P99_MS;
  const chunksPerSecond = ((counts.chunksAcked - ackedBefore) * 1_000) / holdMs;
  return {
    clients,
    good,
    sound,
    ackP99: latencyOf(histograms.ack).p99,
    resultP99: result.p99,
    chunksPerSecond,
  };
}

/** After too many: waits until results come in time again, so that the next step starts from a quiet system. */
async function calmDown(run: LoadRun, clients: number): Promise<void> {
  run.load.setClients(clients, 0);
  const until = performance.now() + CALM_MS;
  while (performance.now() < until) {
    run.load.totals.takeStep();
    await sleep(2_000);
    const result = latencyOf(run.load.totals.takeStep().result);
    if (result.count > 0 && result.p99 < RESULT_P99_MS) return;
  }
}

/** Finds how many clients the machine carries in real time. */
export const ramp: Scenario = {
  name: 'ramp',
  about: 'finds the highest number of sessions with result p99 under 300 ms and nothing wrong',
  run: async (context) => {
    const { options, say } = context;
    const target = await openTarget(context);
    const holdMs = options.durationMs ?? HOLD_MS;
    const first = options.connections ?? FIRST;
    const steps: Held[] = [];
    const told: Held[] = [];
    const defaults = { mode: 'medium', lateMs: 0, finishMs: 60_000 } as const;
    const run = await startRun(context, target, MOST, defaults, () => steps.length / MOST_STEPS);
    const judge = async (clients: number): Promise<Held> => {
      const held = await hold(run, clients, holdMs);
      told.push(held);
      say(
        `${clients} sessions: result p99 ${held.resultP99.toFixed(0)} ms, ${held.good ? 'good' : 'too many'}`,
      );
      if (!held.good) await calmDown(run, Math.max(1, Math.floor(highestGood(steps) / 2)));
      return held;
    };
    run.load.setClients(first, (first / BEGIN_PER_SECOND) * 1_000);
    await sleep(options.warmUpMs ?? WARM_UP_MS);
    run.beginWindow();
    while (steps.length < MOST_STEPS) {
      const clients = nextStep(steps, first, MOST, PRECISION);
      if (clients === null) break;
      const held = await judge(clients);
      // A machine that others use as well has bad moments: what was only late gets a second try.
      steps.push(held.good || !held.sound ? held : await judge(clients));
    }
    const measurement = await run.finish();
    const found = highestGood(steps);
    return {
      about:
        'Clients are added, twice as many each time, until results come too late twice; bisection finds the limit. ' +
        'CPU for a chunk is that of the whole search.',
      measurement,
      checks: [
        ...correctness(measurement),
        {
          what: 'sessions in real time',
          wanted: `at least ${WANTED}`,
          got: `${found}`,
          ok: found >= WANTED,
          binding: false,
        },
      ],
      tables: [
        {
          title: 'Steps',
          head: ['sessions', 'chunks/s', 'ack p99 ms', 'result p99 ms', ''],
          rows: told.map((s) => [
            `${s.clients}`,
            s.chunksPerSecond.toFixed(0),
            s.ackP99.toFixed(1),
            s.resultP99.toFixed(1),
            s.good ? 'good' : 'too many',
          ]),
        },
      ],
    };
  },
};
