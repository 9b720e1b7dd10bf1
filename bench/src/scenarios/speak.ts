import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadPlan, type PlanDefaults } from '../bench/load-plan.js';
import type { Measurement } from '../bench/measurement.js';
import { loadProcesses } from '../bench/options.js';
import { CLIENTS_PER_PROCESS, LoadRun } from '../bench/run-load.js';
import type { ScenarioContext } from '../bench/scenario.js';
import { type ClusterShape, remoteTarget, startTarget, type Target } from '../bench/target.js';

/** What is put under load, as the options say. */
export async function openTarget(
  context: ScenarioContext,
  shape: Partial<Omit<ClusterShape, 'engine'>> = {},
): Promise<Target> {
  const { options, say } = context;
  if (options.server !== undefined) {
    say(`using the server at ${options.server}`);
    return remoteTarget(options.server);
  }
  const { gateways, routers, workers, engine } = { ...options, ...shape };
  say(`starting a cluster: gateways ${gateways}, routers ${routers}, workers ${workers}, engine ${engine}`);
  const env = { ...shape.env, ...(await profiling(options.profile)) };
  const target = await startTarget({ gateways, routers, workers, engine, env });
  context.cleanUp(target.stop);
  return target;
}

/** Settings with which services write CPU profiles when they end. */
async function profiling(folder: string | undefined): Promise<Record<string, string>> {
  if (folder === undefined) return {};
  await mkdir(folder, { recursive: true });
  const module = new URL('../../dist/machine/profile-this-process.js', import.meta.url);
  return { NODE_OPTIONS: `--import ${module.href}`, BENCH_PROFILE_FOLDER: folder };
}

export interface SpeakDefaults extends PlanDefaults {
  readonly connections: number;
  readonly durationMs: number;
  readonly rampMs: number;
  /** So long clients speak before times and CPU count; they begin meanwhile. Without it the duration begins with them. */
  readonly warmUpMs?: number;
}

/** A short run is not to take much longer for it. */
const WARM_UP_SHARE = 0.25;

/** Starts the load's processes; no client begins yet. @param shareOf how much of the scenario is over then */
export async function startRun(
  context: ScenarioContext,
  target: Target,
  clients: number,
  defaults: PlanDefaults,
  shareOf: (atSeconds: number) => number,
): Promise<LoadRun> {
  const { options } = context;
  const run = await LoadRun.start({
    target,
    plan: loadPlan(options, target.socketUrls, defaults),
    processes: options.processes ?? loadProcesses(clients, CLIENTS_PER_PROCESS),
    onMoment: (moment) => context.progress(moment, shareOf(moment.atSeconds), options.scenario),
  });
  context.cleanUp(() => run.stop());
  return run;
}

/** Clients begin, warm up what they speak to, speak for the given time, and end; what most scenarios are made of. */
export async function speak(
  context: ScenarioContext,
  target: Target,
  defaults: SpeakDefaults,
): Promise<Measurement> {
  const { options } = context;
  const connections = options.connections ?? defaults.connections;
  const durationMs = options.durationMs ?? defaults.durationMs;
  const rampMs = Math.min(options.rampMs ?? defaults.rampMs, durationMs / 2);
  const warmUpMs =
    options.warmUpMs ?? Math.min(defaults.warmUpMs ?? 0, Math.round(durationMs * WARM_UP_SHARE));
  const totalMs = warmUpMs + durationMs;
  const plan = { ...defaults, warmsUp: warmUpMs > 0 };
  const run = await startRun(context, target, connections, plan, (at) => (at * 1_000) / totalMs);
  const begunAt = performance.now();
  run.load.setClients(connections, rampMs);
  await sleep(Math.max(rampMs, warmUpMs));
  run.beginWindow();
  await sleep(Math.max(0, totalMs - (performance.now() - begunAt)));
  run.endWindow();
  return await run.finish();
}
