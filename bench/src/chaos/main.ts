import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onStopSignals } from '@tributary/testkit';
import { chaosOptions } from './options.js';
import { memoryLine } from './report/memory-line.js';
import { ProgressLine } from './report/progress.js';
import { table } from './report/table.js';
import { writeReport } from './report/write-report.js';
import { runScenario } from './run-scenario.js';
import type { Scenario } from './scenario.js';
import { complaints, passed, type ScenarioResult } from './scenario-result.js';
import { SCENARIOS } from './scenarios.js';
import type { BuiltWorld } from './world/build-world.js';

/* `npm run chaos`: breaks a real cluster on purpose while clients speak, and counts what was lost. */

const DEFAULT_SECONDS = 60;
const MOST_COMPLAINTS = 20;

const options = chaosOptions(process.argv.slice(2));
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

let built: BuiltWorld | undefined;
onStopSignals(
  (signal) => {
    say(`${signal}: stopping`);
    // What is just being started ends with this process: see the testkit's guard.
    void Promise.resolve(built?.stop()).finally(() => process.exit(130));
  },
  () => undefined,
);

if (options.list) {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
  for (const { name, about } of SCENARIOS) say(`${name.padEnd(width)}  ${about}`);
} else {
  process.exitCode = await runAll();
}

async function runAll(): Promise<number> {
  const results: ScenarioResult[] = [];
  let mishaps = 0;
  for (const scenario of options.scenarios) {
    try {
      results.push(await runOne(scenario));
    } catch (error) {
      mishaps++;
      say(
        `${scenario.name}: could not be run: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
      );
    }
  }
  say('');
  say(table(results));
  if (options.json !== undefined) await writeReport(options.json, results);
  return mishaps === 0 && results.every(passed) ? 0 : 1;
}

async function runOne(scenario: Scenario): Promise<ScenarioResult> {
  const seconds = options.seconds ?? scenario.seconds ?? DEFAULT_SECONDS;
  const { seed, sessions } = options;
  say(`${scenario.name}: ${scenario.about}; ${sessions} sessions, ${seconds} s, seed ${seed}`);
  const progress = new ProgressLine(scenario.name, process.stdout);
  let logs = '';
  const result = await runScenario(scenario, {
    seed,
    sessions,
    seconds,
    onProgress: (world, elapsedMs) => progress.show(world, elapsedMs),
    onBuilt: (world) => {
      built = world;
    },
    onLogs: (text) => {
      logs = text;
    },
  });
  progress.clear();
  const wrong = complaints(result);
  for (const text of wrong.slice(0, MOST_COMPLAINTS)) say(`  ${text}`);
  if (wrong.length > MOST_COMPLAINTS) say(`  and ${wrong.length - MOST_COMPLAINTS} more`);
  say(`  ${memoryLine(result)}`);
  say(`${scenario.name}: ${passed(result) ? 'nothing lost, nothing doubled' : 'FAILED'}`);
  if (!passed(result) && options.logs !== undefined) {
    await mkdir(options.logs, { recursive: true });
    await writeFile(join(options.logs, `${scenario.name}-${seed}.log`), logs);
  }
  return result;
}
