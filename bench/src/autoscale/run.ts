import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster, startPrometheus, WORKSPACE_FOLDER } from '@tributary/testkit';
import { Adapter } from './adapter.js';
import { Controller, type RoundRecord, syncPeriodMs } from './controller.js';
import { Fleet, NAMESPACE } from './fleet.js';
import { follows } from './follow.js';
import { type HpaSpec, readHpa } from './hpa/hpa-spec.js';
import { Load } from './load/load.js';
import type { AutoscaleOptions } from './options.js';
import { type Ramp, rampMs, sessionsAt } from './ramp.js';
import { percentile, Timeline } from './timeline.js';
import type { RunFacts } from './verdict.js';

const ROLES = ['gateway', 'router', 'worker'] as const;
/** How often the load is adjusted and a moment noted. */
const TICK_MS = 250;
const NOTE_MS = 1_000;
const BEFORE_MS = 8_000;
/** The roles have to be back at their least by this time after the ramp, as autoscalers count it. */
const SHRINK_SECONDS = 1_500;
/** A worker is full with 100 sessions, and so scales at 70. */
export const ENGINE = { realTimeFactor: 0.2, concurrency: 20 };
const MANIFEST_DRAIN_MS = 20_000;

export interface RunResult {
  readonly facts: RunFacts;
  readonly timeline: Timeline;
  readonly rounds: readonly RoundRecord[];
}

const deployed = (path: string): string => join(WORKSPACE_FOLDER, 'deploy', path);

/** Runs it all once; whatever was started is stopped again. */
export async function runAutoscale(
  options: AutoscaleOptions,
  cleanUps: (() => Promise<void>)[],
  say: (line: string) => void,
): Promise<RunResult> {
  const { speed } = options;
  const periodMs = syncPeriodMs(speed);
  const specs = ROLES.map((role) => readHpa(deployed(`k8s/components/autoscale/${role}.yaml`)));
  const least = (role: (typeof ROLES)[number]): number => specs[ROLES.indexOf(role)]!.minReplicas;
  say('starting the least that the autoscalers allow, and Prometheus');
  const cluster = await startCluster({
    gateways: least('gateway'),
    routers: least('router'),
    workers: least('worker'),
    env: {
      ENGINE: 'synthetic',
      SYNTHETIC_RTF: String(ENGINE.realTimeFactor),
      SYNTHETIC_CONCURRENCY: String(ENGINE.concurrency),
      DRAIN_MS: String(Math.round(MANIFEST_DRAIN_MS / speed)),
      LOG_LEVEL: 'warn',
    },
  });
  cleanUps.push(cluster.stop);
  const prometheus = await startPrometheus({
    intervalMs: Math.round(periodMs / 2),
    ruleFiles: [deployed('prometheus/recording.yaml')],
  });
  cleanUps.push(prometheus.stop);
  const fleets = ROLES.map((role) => new Fleet(cluster, role, retarget));
  function retarget(): void {
    prometheus.setTargets(fleets.flatMap(({ targets }) => targets)).catch((error: unknown) => {
      say(`targets not written: ${String(error)}`);
    });
  }
  retarget();
  const adapter = new Adapter(deployed('prometheus/adapter.yaml'), prometheus, NAMESPACE);
  const controllers = specs.map((spec, n) => new Controller(spec, fleets[n]!, adapter, speed));
  const timeline = new Timeline();
  const load = new Load((report) => timeline.report(report));
  cleanUps.push(async () => await load.kill());

  const ramp: Ramp = {
    low: options.low,
    high: options.high,
    beforeMs: BEFORE_MS,
    upMs: options.upSeconds * 1_000,
    topMs: options.topSeconds * 1_000,
    downMs: options.upSeconds * 1_000,
  };
  const beganAt = performance.now();
  const elapsed = (): number => performance.now() - beganAt;
  const rounds: RoundRecord[] = [];
  const samples = ROLES.map((): { atMs: number; ready: number }[] => []);
  const sync = async (): Promise<void> => {
    for (let n = 1; !over; n++) {
      await sleep(Math.max(0, n * periodMs - elapsed()));
      for (const controller of controllers) rounds.push(await controller.sync(elapsed()));
    }
  };
  let over = false;
  const syncing = sync();
  syncing.catch(() => undefined);
  const untilMs = rampMs(ramp) + (SHRINK_SECONDS * 1_000) / speed;
  let notedAt = 0;
  while (elapsed() < untilMs) {
    if (load.ended) throw new Error('the load process ended early');
    const atMs = elapsed();
    const wanted = sessionsAt(ramp, atMs);
    const gateways = fleets[0]!.ready.map(({ socketUrl }) => socketUrl);
    load.aim(wanted, Math.round(wanted * options.silentShare), gateways);
    for (const [n, fleet] of fleets.entries()) samples[n]!.push({ atMs, ready: fleet.ready.length });
    if (atMs - notedAt >= NOTE_MS) {
      notedAt = atMs;
      const age = await prometheus.query('namespace:tributary_worker_oldest_entry_age_seconds:max');
      timeline.note({
        atMs,
        wanted,
        ready: Object.fromEntries(fleets.map((fleet) => [fleet.role, fleet.ready.length])),
        queueAgeSeconds: age[0]?.value ?? null,
      });
      if (timeline.moments.length % 10 === 0) say(progressLine(timeline));
    }
    const shrunk = fleets.every((fleet, n) => fleet.settled && fleet.replicas === specs[n]!.minReplicas);
    if (atMs > rampMs(ramp) && shrunk) break;
    await sleep(TICK_MS);
  }
  over = true;
  await syncing;
  await load.end();
  return { timeline, rounds, facts: factsOf(specs, fleets, rounds, samples, timeline, periodMs) };
}

function factsOf(
  specs: readonly HpaSpec[],
  fleets: readonly Fleet[],
  rounds: readonly RoundRecord[],
  samples: readonly (readonly { atMs: number; ready: number }[])[],
  timeline: Timeline,
  syncMs: number,
): RunFacts {
  return {
    completed: timeline.completed,
    failures: timeline.failures,
    faults: fleets.flatMap(({ faults }) => faults),
    results: timeline.resultMs.length,
    resultP99Ms: percentile(timeline.resultMs, 0.99),
    syncPeriodMs: syncMs,
    roles: fleets.map(({ role, ready }, n) => ({
      role,
      minReplicas: specs[n]!.minReplicas,
      most: Math.max(...samples[n]!.map((sample) => sample.ready)),
      last: ready.length,
      follows: follows(
        rounds.filter((round) => round.role === role),
        samples[n]!,
        specs[n]!.maxReplicas,
      ),
      // Results do not wait while PostgreSQL keeps up, and then routers stay as few as they are.
      scales: role !== 'router',
    })),
  };
}

function progressLine(timeline: Timeline): string {
  const moment = timeline.moments.at(-1)!;
  const { gateway, router, worker } = moment.ready;
  return [
    `${Math.round(moment.atMs / 1_000)} s`,
    `${moment.sessions} sessions, ${moment.connections} connections`,
    `${gateway} gateways, ${router} routers, ${worker} workers`,
    `queue ${(moment.queueAgeSeconds ?? 0).toFixed(1)} s`,
    `results p99 ${Math.round(moment.results.p99)} ms`,
    `failed ${timeline.failures.length}`,
  ].join(' | ');
}
