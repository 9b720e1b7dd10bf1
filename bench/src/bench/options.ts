import { randomInt } from 'node:crypto';
import { cpus } from 'node:os';
import { resolve } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import type { Mode } from '../load/load-messages.js';
import { type FittingOption, whyNotFitting } from './fitting-options.js';

export const SCENARIO_NAMES = [
  'steady',
  'ramp',
  'burst',
  'idle',
  'overload',
  'latency',
  'soak',
  'scale',
  'rest',
  'shards',
  'floor',
  'mutation',
] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

export interface BenchOptions {
  readonly scenario: ScenarioName;
  /** What the scenario wants when left out; so is everything else that may be undefined. */
  readonly connections: number | undefined;
  readonly durationMs: number | undefined;
  readonly rampMs: number | undefined;
  readonly warmUpMs: number | undefined;
  readonly mode: Mode | undefined;
  readonly server: string | undefined;
  readonly chunkMs: number;
  readonly pace: number | undefined;
  readonly engine: string;
  /** The user named it; else that of a running server is asked for. */
  readonly engineGiven: boolean;
  readonly gateways: number;
  readonly routers: number;
  readonly workers: number;
  readonly binary: boolean;
  readonly lateMs: number | undefined;
  readonly processes: number | undefined;
  readonly seed: number;
  readonly floor: boolean;
  readonly json: string | undefined;
  /** Folder for CPU profiles of the services, when they are wanted. */
  readonly profile: string | undefined;
  /** Folder for the reports. */
  readonly out: string;
  /** The command as the user gave it. */
  readonly command: string;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Where a report goes and whether the floor is measured is never a mistake. */
const ALWAYS_FITTING = ['json', 'out', 'floor'];
const LONGEST_MS = 24 * 3_600_000;

/** `500ms`, `30s`, `5m`, `1h`; a bare number is seconds. @throws InvalidArgumentError */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const ms = match === null ? Number.NaN : Number(match[1]) * (UNIT_MS[match[2] ?? 's'] ?? Number.NaN);
  if (!(ms >= 0 && ms <= LONGEST_MS)) throw new InvalidArgumentError('It must be like 30s, 5m or 1h.');
  return ms;
}

function number(least: number, most: number, whole = true): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most) || (whole && !Number.isInteger(value)))
      throw new InvalidArgumentError(`It must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}.`);
    return value;
  };
}

/** A chunk has a whole number of samples, and a segment of the synthetic recogniser is no shorter than one. */
const chunkMs = number(10, 1_000);

function server(text: string): string {
  const match = /^(?:ws:\/\/|http:\/\/)?([A-Za-z0-9._-]+|\[[0-9a-f:]+\]):(\d{1,5})(?:\/.*)?$/i.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be host:port.');
  return `${match[1]}:${match[2]}`;
}

/** Users of the older tool write `-mode short`; the library wants two dashes before more than one letter. */
export function twoDashes(args: readonly string[]): string[] {
  return args.map((arg) => {
    if (/^-[a-z][a-z-]+(=.*)?$/.test(arg)) return `-${arg}`;
    if (/^--[a-z](=.*)?$/.test(arg)) return arg.slice(1);
    return arg;
  });
}

/**
 * Reads the command line; prints help and mistakes and ends the process for them, unless `exitOverride` is asked for.
 *
 * @param cwd what a relative path is relative to
 */
export function benchOptions(args: readonly string[], cwd: string, exitOverride = false): BenchOptions {
  const given = args.filter((arg, at) => at > 0 || arg !== '--');
  const command = new Command('npm run bench --')
    .description(
      'Puts a cluster under load and checks every word of every transcript. Without -server it starts a cluster of ' +
        'its own on free ports and stops it afterwards. Writes loadtest_report.md and loadtest_report.html.',
    )
    .addArgument(new Argument('[scenario]', 'what to measure').choices([...SCENARIO_NAMES]).default('steady'))
    .addOption(new Option('-c, --connections <n>', 'clients at a time').argParser(number(1, 100_000)))
    .addOption(new Option('-d, --duration <time>', 'how long, such as 30s, 5m, 1h').argParser(parseDuration))
    .addOption(
      new Option('--mode <mode>', 'short clips over and over, 30-minute or 1-hour streams').choices([
        'short',
        'medium',
        'long',
      ]),
    )
    .addOption(new Option('--server <host:port>', 'a server that is running already').argParser(server))
    .addOption(new Option('--chunk-ms <ms>', 'audio in a chunk').argParser(chunkMs).default(100))
    .addOption(
      new Option('--pace <n>', '1 is real time, 0 as fast as accepted').argParser(number(0, 100, false)),
    )
    .addOption(new Option('--ramp <time>', 'clients begin spread over so long').argParser(parseDuration))
    .addOption(
      new Option(
        '--warm-up <time>',
        'clients speak so long before times count (a quarter of the duration, at most 20s; in latency 5s, in ramp 20s)',
      ).argParser(parseDuration),
    )
    .addOption(
      new Option('--engine <name>', 'recogniser of the cluster that is started; a running server is asked')
        .choices(['synthetic', 'sherpa', 'pocketsphinx', 'remote', 'auto'])
        .default('synthetic'),
    )
    .addOption(new Option('--gateways <n>', 'gateways of that cluster').argParser(number(1, 16)).default(1))
    .addOption(new Option('--routers <n>', 'its routers').argParser(number(1, 16)).default(1))
    .addOption(new Option('--workers <n>', 'its workers').argParser(number(1, 16)).default(1))
    .option('--binary', 'send audio as binary frames, not as base64 in JSON', false)
    .addOption(
      new Option('--late-ms <ms>', 'a result or acknowledgement later than this is a failure').argParser(
        number(0, 600_000),
      ),
    )
    .addOption(new Option('--load-processes <n>', 'processes that play the clients').argParser(number(1, 64)))
    .addOption(
      new Option('--seed <n>', 'what is said follows from it')
        .argParser(number(0, 2 ** 31))
        .default(randomInt(2 ** 31), 'random'),
    )
    .option('--no-floor', 'do not measure the floor first')
    .option('--json <file>', 'write everything that was measured to a file')
    .option('--profile <folder>', 'write CPU profiles of the services there (open them in a browser’s tools)')
    .option('--out <folder>', 'where the reports go', '.');
  if (exitOverride) command.exitOverride().configureOutput({ writeErr: () => undefined });
  command.parse(twoDashes(given), { from: 'user' });
  const o = command.opts();
  const scenario = (command.processedArgs[0] ?? 'steady') as ScenarioName;
  refuseWhatDoesNotFit(command, scenario);
  return {
    scenario,
    connections: o.connections,
    durationMs: o.duration,
    rampMs: o.ramp,
    warmUpMs: o.warmUp,
    mode: o.mode,
    server: o.server,
    chunkMs: o.chunkMs,
    pace: o.pace,
    engine: o.engine,
    engineGiven: command.getOptionValueSource('engine') === 'cli',
    gateways: o.gateways,
    routers: o.routers,
    workers: o.workers,
    binary: o.binary,
    lateMs: o.lateMs,
    processes: o.loadProcesses,
    seed: o.seed,
    floor: o.floor,
    json: o.json === undefined ? undefined : resolve(cwd, o.json),
    profile: o.profile === undefined ? undefined : resolve(cwd, o.profile),
    out: resolve(cwd, o.out),
    command: `npm run bench -- ${given.join(' ')}`.trim(),
  };
}

/** An option that would change nothing is a mistake of who gave it, and is better told than ignored. */
function refuseWhatDoesNotFit(command: Command, scenario: ScenarioName): void {
  const withServer = command.getOptionValueSource('server') === 'cli';
  for (const option of command.options) {
    const name = option.attributeName();
    if (command.getOptionValueSource(name) !== 'cli' || ALWAYS_FITTING.includes(name)) continue;
    const flag = (option.short ?? option.long ?? name).replace(/^--/, '-');
    const why = whyNotFitting(scenario, name as FittingOption, flag, withServer);
    if (why !== undefined) command.error(`error: ${why}`);
  }
}

/** Processes that play so many clients: one for each few thousand, as long as there are cores. */
export function loadProcesses(clients: number, perProcess: number): number {
  return Math.max(1, Math.min(cpus().length, Math.ceil(clients / perProcess)));
}
