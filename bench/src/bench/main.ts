import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onStopSignals, WORKSPACE_FOLDER } from '@tributary/testkit';
import { type FloorReport, formatFloor } from '../floor/floor-report.js';
import { measureFloor } from '../floor/measure-floor.js';
import { describeMachine } from '../machine/describe-machine.js';
import { htmlReport } from '../report/html-report.js';
import { markdownReport } from '../report/markdown-report.js';
import { SCENARIOS } from '../scenarios/index.js';
import { Dashboard } from './dashboard.js';
import { floorRatio } from './floor-ratio.js';
import { type BenchOptions, benchOptions } from './options.js';
import type { BenchResult, Outcome } from './scenario.js';
import { engineOfServer } from './server-engine.js';

/* `npm run bench`: puts a cluster under load and checks every word. */

/** Enough for a steady figure, little enough not to keep anybody waiting. */
const FLOOR = { chunks: 90_000, seconds: 6 };
const BYTES_PER_MS = 32;

// npm changes to the package's folder; INIT_CWD is where the user typed the path.
const given = benchOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
const dashboard = new Dashboard(process.stdout);
const say = (line: string): void => {
  dashboard.clear();
  process.stdout.write(`${line}\n`);
};

const options = await withEngineOfServer();

const cleanUps: (() => Promise<void>)[] = [];
async function stopAll(): Promise<void> {
  for (let stop = cleanUps.pop(); stop !== undefined; stop = cleanUps.pop()) {
    await stop().catch((error: unknown) => say(`bench: not stopped: ${String(error)}`));
  }
}

let interrupted = false;
onStopSignals(
  (signal) => {
    interrupted = true;
    say(`${signal}: stopping`);
    void stopAll().finally(() => process.exit(130));
  },
  () => undefined,
);

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  if (!interrupted) {
    dashboard.clear();
    process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  }
  process.exitCode = 1;
} finally {
  if (!interrupted) await stopAll();
}

async function run(): Promise<boolean> {
  const startedAt = new Date().toISOString();
  // What a recogniser of speech costs has no floor.
  const hasFloor = options.floor && options.server === undefined && options.engine === 'synthetic';
  const floor = hasFloor ? await measureFloorFirst() : null;
  const outcome = await runScenario(floor);
  const result: BenchResult = {
    ...outcome,
    scenario: options.scenario,
    command: options.command,
    startedAt,
    machine: describeMachine(WORKSPACE_FOLDER),
    floor,
    options,
    passed: outcome.checks.every(({ ok, binding }) => ok || !binding),
  };
  say('');
  say(markdownReport(result));
  await mkdir(options.out, { recursive: true });
  await writeFile(join(options.out, 'loadtest_report.md'), markdownReport(result));
  await writeFile(join(options.out, 'loadtest_report.html'), await htmlReport(result));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
  say(`written: loadtest_report.md and loadtest_report.html in ${options.out}`);
  return result.passed;
}

/** A running server's transcripts are judged by its own recogniser, unless the user says otherwise. */
async function withEngineOfServer(): Promise<BenchOptions> {
  const { server, engine, engineGiven } = given;
  if (server === undefined || engineGiven) return given;
  const found = await engineOfServer(server);
  if ('engine' in found) {
    say(`the server recognises with ${found.engine}`);
    return { ...given, engine: found.engine };
  }
  say(
    `the server's recogniser is not known (${found.unknown}); ${engine} is expected, -engine says otherwise`,
  );
  return given;
}

async function measureFloorFirst(): Promise<FloorReport> {
  say('measuring the floor');
  let stop = async (): Promise<void> => undefined;
  cleanUps.push(() => stop());
  return await measureFloor(
    { ...FLOOR, chunkBytes: options.chunkMs * BYTES_PER_MS },
    () => undefined,
    (stopRedis) => {
      stop = stopRedis;
    },
  );
}

async function runScenario(floor: FloorReport | null): Promise<Outcome> {
  if (options.scenario === 'floor') {
    const report = floor ?? (await measureFloorFirst());
    say(formatFloor(report));
    return {
      about: 'What a chunk costs at least on this machine.',
      measurement: null,
      checks: [],
      tables: [],
    };
  }
  const scenario = SCENARIOS.find(({ name }) => name === options.scenario);
  if (scenario === undefined) throw new Error(`there is no scenario ${options.scenario}`);
  const outcome = await scenario.run({
    options,
    say,
    progress: (moment, share, title) => dashboard.show(moment, share, title),
    cleanUp: (stop) => cleanUps.push(stop),
  });
  dashboard.clear();
  await stopAll();
  if (floor === null || outcome.measurement === null || outcome.measurement.windowChunks === 0)
    return outcome;
  const { table, checks } = floorRatio(outcome.measurement, floor, options.binary);
  return { ...outcome, checks: [...outcome.checks, ...checks], tables: [...outcome.tables, table] };
}
