import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe } from './load/speaker.js';
import { judgeAllStored } from './oracle/ask-stored.js';
import { deliveries, finalWaitMs, longestPauseMs, median, most, recoveries } from './oracle/delays.js';
import { addFindings } from './oracle/findings.js';
import { judgeMemory } from './oracle/judge-memory.js';
import { judgeSession } from './oracle/judge-session.js';
import { seedOf } from './random.js';
import type { Scenario } from './scenario.js';
import type { ScenarioResult } from './scenario-result.js';
import { type BuiltWorld, buildWorld } from './world/build-world.js';
import { type Memory, measureMemory, measureRedis } from './world/memory.js';
import { isAlive, marked } from './world/processes.js';
import type { World } from './world/world.js';

export interface RunOptions {
  readonly seed: number;
  /** At a time. */
  readonly sessions: number;
  readonly seconds: number;
  /** Called twice a second. */
  readonly onProgress: (world: World, elapsedMs: number) => void;
  /** Called when there is something that has to be stopped. */
  readonly onBuilt: (built: BuiltWorld) => void;
  /** Gets the services' logs when something was wrong. */
  readonly onLogs: (logs: string) => void;
}

const SHARDS = 64;
const JSON_SHARE = 0.25;
/** How long a session may wait for its final result when all is healed. */
const FINAL_WAIT_MS = 90_000;
const PROGRESS_MS = 500;
const MOST_SUSPECTS = 20;
/** What was read has to be stored before it is trimmed, and a marker entry of an ended session goes with the next sweep. */
const SETTLE_MS = 15_000;

/** Builds a world, breaks it while clients speak, judges what they got, and takes the world down again. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<ScenarioResult> {
  const { seed, sessions, seconds } = options;
  const mark = randomBytes(8).toString('hex');
  const mishaps: string[] = [];
  const built = await buildWorld(scenario.name, seed, mark, scenario.settings ?? {});
  options.onBuilt(built);
  const { world } = built;
  try {
    const memoryBefore = await measureMemory(world.cluster, world.redisStore.url, SHARDS);
    await breakAndSpeak(scenario, world, options, mishaps);
    const { records } = world.load;
    const memoryAfter = await settledMemory(world);
    const stored = await judgeAllStored(world.cluster.url, records);
    const findings = records.map(judgeSession).reduce(addFindings, stored);
    const logs = world.cluster.logs();
    await built.stop();
    const leftBehind = [...marked(mark), ...world.keeper.seen.filter(isAlive)].map(({ name }) => name);
    const times = records.map((record) => deliveries(record));
    const found = times.map((list) => recoveries(list, world.faults));
    const segments = times.reduce((sum, list) => sum + list.length, 0);
    const result: ScenarioResult = {
      scenario: scenario.name,
      seed,
      seconds,
      concurrent: sessions,
      sessions: records.length,
      faults: world.faults.map((fault, i) => ({
        ...fault,
        worstRecoveryMs: Math.round(most(found.map(({ byFaultMs }) => byFaultMs[i] ?? 0))),
      })),
      acked: records.reduce((sum, record) => sum + record.ackedThrough + 1, 0),
      segments,
      findings,
      longestPauseMs: most(times.map(longestPauseMs)),
      medianRecoveryMs: median(found.flatMap(({ allMs }) => allMs)),
      worstRecoveryMs: most(found.flatMap(({ allMs }) => allMs)),
      worstSingleRecoveryMs: most(found.flatMap(({ singleMs }) => singleMs)),
      longestFinalWaitMs: most(records.map((record) => finalWaitMs(record) ?? 0)),
      clients: sumCounters(world),
      disturbed: Object.fromEntries(world.load.disturbed),
      loadLagMs: world.load.progress.lagMs,
      memoryBefore,
      memoryAfter,
      memoryProblems: judgeMemory(memoryBefore, memoryAfter, { sessions: records.length, segments }),
      crashes: world.keeper.crashes,
      leftBehind,
      mishaps,
      suspects: records
        .filter(({ id }) => findings.problems.some((text) => text.startsWith(`${id}:`)))
        .slice(0, MOST_SUSPECTS),
    };
    options.onLogs(logs);
    return result;
  } finally {
    await built.stop();
  }
}

/** The part in which things break; afterwards everything is up again and all sessions have ended. */
async function breakAndSpeak(
  scenario: Scenario,
  world: World,
  { seed, sessions, seconds, onProgress }: RunOptions,
  mishaps: string[],
): Promise<void> {
  const urls = world.cluster.gateways.map((gateway) => gateway.socketUrl);
  const began = performance.now();
  const progress = setInterval(() => onProgress(world, performance.now() - began), PROGRESS_MS);
  try {
    world.load.start(
      {
        urls,
        seed: seedOf(seed, scenario.name),
        seconds,
        jsonShare: scenario.jsonShare ?? JSON_SHARE,
        plainShare: scenario.plainShare ?? 0,
        finalWaitMs: FINAL_WAIT_MS,
      },
      sessions,
    );
    world.begin(seconds * 1_000);
    await scenario.run(world).catch((error: unknown) => {
      mishaps.push(`the scenario went wrong: ${describe(error)}`);
    });
    await world.pass(world.leftMs);
    await heal(world);
    await world.load.done();
  } catch (error) {
    mishaps.push(describe(error));
  } finally {
    clearInterval(progress);
  }
}

/** Whatever state a scenario left things in, they can go on now. */
async function heal(world: World): Promise<void> {
  const { keeper, redisStore, postgres } = world;
  await Promise.all(
    [...redisStore.processes, postgres.process].map(async (store) => await keeper.revive(store)),
  );
  for (const service of world.allServices) service.resume();
  await Promise.all(world.allServices.map(async (service) => await keeper.revive(service)));
}

/** Memory once the streams are empty, or when that does not happen. */
async function settledMemory(world: World): Promise<Memory> {
  const deadline = performance.now() + SETTLE_MS;
  while (performance.now() < deadline) {
    const { streamEntries } = await measureRedis(world.redisStore.url, SHARDS);
    if (streamEntries === 0) break;
    await sleep(PROGRESS_MS);
  }
  return await measureMemory(world.cluster, world.redisStore.url, SHARDS);
}

function sumCounters({ load }: World): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { counters } of load.records) {
    for (const [name, value] of Object.entries(counters ?? {})) sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}
