import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { WORKSPACE_FOLDER } from '../workspace.js';

/** What `npm start` was asked to do. */
export interface LauncherOptions {
  readonly gateways: number;
  readonly routers: number;
  readonly workers: number;
  /** Port of the first gateway; further ones follow. */
  readonly port: number;
  readonly host: string;
  readonly dataFolder: string;
  readonly env: NodeJS.ProcessEnv;
}

const MOST_PROCESSES = 32;
const DEFAULT_PORT = 8_080;
const HIGHEST_PORT = 65_535;

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MOST_PROCESSES) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_PROCESSES}.`);
  }
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > HIGHEST_PORT) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${HIGHEST_PORT}.`);
  }
  return value;
}

/** Options that choose how many services run, for the launcher and the demo. */
export function countOptions(): Option[] {
  return ['gateways', 'routers', 'workers'].map((role) =>
    new Option(`--${role} <n>`, `how many ${role} to run`).argParser(count).default(1),
  );
}

/** Reads the command line and the environment; prints help and mistakes and ends the process for them. */
export function launcherOptions(args: readonly string[], env: NodeJS.ProcessEnv): LauncherOptions {
  const command = new Command('npm start --')
    .description('Starts Tributary on this machine: PostgreSQL, Redis, gateways, routers and workers.')
    .addOption(
      new Option('--port <port>', 'port of the first gateway')
        .env('PORT')
        .argParser(port)
        .default(DEFAULT_PORT),
    )
    .addOption(
      new Option('--data <folder>', 'where data and logs are kept between runs').default('.tributary'),
    )
    .addHelpText('after', HELP);
  for (const option of countOptions()) command.addOption(option);
  command.parse(['node', 'npm start --', ...args.filter((arg, at) => at > 0 || arg !== '--')]);
  const options = command.opts<{
    gateways: number;
    routers: number;
    workers: number;
    port: number;
    data: string;
  }>();
  if (options.port + options.gateways - 1 > HIGHEST_PORT)
    command.error(`error: there are not enough ports from ${options.port}`);
  const chosen = command.getOptionValueSource('data') === 'cli';
  return {
    gateways: options.gateways,
    routers: options.routers,
    workers: options.workers,
    port: options.port,
    host: env.HOST || '0.0.0.0',
    // npm changes to the package's folder; INIT_CWD is where the user typed the path.
    dataFolder: resolve(chosen ? (env.INIT_CWD ?? process.cwd()) : WORKSPACE_FOLDER, options.data),
    env,
  };
}

const HELP = `
Environment:
  PORT            port of the first gateway (default ${DEFAULT_PORT}); further gateways use the following ports
  REDIS_URL       use this Redis instead of starting one
  DATABASE_URL    use this PostgreSQL instead of starting one (or DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME)
  ENGINE          recogniser: auto, sherpa, pocketsphinx, remote or synthetic
  All other settings of the services are passed on to them; see docs/configuration.md.

Ctrl-C stops everything; a second Ctrl-C does so at once.

Examples:
  npm start
  PORT=9000 npm start -- --gateways 2 --workers 2
  npm start -- --data /srv/tributary`;
