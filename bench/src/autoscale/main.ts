import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { onStopSignals, WORKSPACE_FOLDER } from '@tributary/testkit';
import { describeMachine } from '../machine/describe-machine.js';
import { type AutoscaleOptions, readOptions } from './options.js';
import { type AutoscaleReport, autoscaleHtml, autoscaleMarkdown, autoscaleSvg } from './report.js';
import { ENGINE, type RunResult, runAutoscale } from './run.js';
import { percentile } from './timeline.js';
import { judge } from './verdict.js';

/* `npm run autoscale`: the manifests' own autoscalers at work on real processes. */

const options = readOptions(process.argv.slice(2));
const startedAt = new Date().toISOString();
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const cleanUps: (() => Promise<void>)[] = [];
async function stopAll(): Promise<void> {
  for (let stop = cleanUps.pop(); stop !== undefined; stop = cleanUps.pop()) {
    await stop().catch((error: unknown) => say(`not stopped: ${String(error)}`));
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
    say(`autoscale: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = 1;
  }
} finally {
  if (!interrupted) await stopAll();
}

async function run(): Promise<boolean> {
  const result = await runAutoscale(options, cleanUps, say);
  const checks = judge(result.facts);
  const report: AutoscaleReport = {
    startedAt,
    command: `npm run autoscale -- ${process.argv.slice(2).join(' ')}`.trim(),
    about: about(options),
    machine: describeMachine(WORKSPACE_FOLDER),
    checks,
    moments: result.timeline.moments,
    figures: figures(result),
  };
  // npm changes to the package's folder; INIT_CWD is where the user typed the path.
  const here = process.env.INIT_CWD ?? process.cwd();
  const folder = resolve(here, options.out);
  const picture =
    options.picture === undefined ? join(folder, 'autoscale_report.svg') : resolve(here, options.picture);
  for (const each of [folder, dirname(picture)]) await mkdir(each, { recursive: true });
  await writeFile(join(folder, 'autoscale_report.md'), autoscaleMarkdown(report));
  await writeFile(join(folder, 'autoscale_report.html'), await autoscaleHtml(report));
  await writeFile(picture, autoscaleSvg(report));
  for (const { what, passed, seen } of checks) say(`${passed ? 'ok  ' : 'FAIL'} ${what}: ${seen}`);
  say(`reports: ${join(folder, 'autoscale_report.html')}, .md; picture: ${picture}`);
  return checks.every(({ passed }) => passed);
}

function about({ low, high, speed, upSeconds, topSeconds, silentShare }: AutoscaleOptions): string[] {
  return [
    `The load grows from ${low} to ${high} sessions within ${upSeconds} s, stays for ${topSeconds} s and goes back. Beside each session ${silentShare} sockets are open and silent, so that ${high} sessions fill several gateways of the manifests' size.`,
    `The autoscalers of deploy/k8s/components/autoscale decide, by Kubernetes' documented algorithm, on what a real Prometheus scraped and recorded by deploy/prometheus; time goes ${speed} times as fast for them (sync period, windows, scraping, DRAIN_MS). What they decide is done with real processes.`,
    `The synthetic recogniser takes ${ENGINE.realTimeFactor} s for a second of audio, ${ENGINE.concurrency} segments at a time in a worker. A result's latency counts from the moment at which the last audio of its segment was to be sent.`,
  ];
}

function figures({ timeline, facts, rounds }: RunResult): [string, string][] {
  const all = timeline.resultMs;
  const show = (share: number): string => `${Math.round(percentile(all, share))} ms`;
  return [
    ['results', String(all.length)],
    ['result latency p50 / p90 / p99 / p99.9', [0.5, 0.9, 0.99, 0.999].map(show).join(' / ')],
    ['sessions completed', String(timeline.completed)],
    ['sessions resumed on another gateway', String(timeline.resumes)],
    [
      'oldest audio in the queue',
      `${Math.max(...timeline.moments.map((m) => m.queueAgeSeconds ?? 0)).toFixed(2)} s`,
    ],
    ...facts.roles.map(({ role, minReplicas, most }): [string, string] => [
      `${role}s`,
      `${minReplicas} to ${most}`,
    ]),
    ['rounds of the autoscalers', String(rounds.length)],
    ['largest delay of the load process itself', `${timeline.loadLagMs} ms`],
  ];
}
