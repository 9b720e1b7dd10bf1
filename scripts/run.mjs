/**
 * What `npm start`, `npm test` and the others run: makes sure that everything is there, then does the work. It
 * depends on nothing but Node, so that it runs on a machine where nothing is installed yet.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, CLUSTER } from './build.mjs';
import { installDebianPackages } from './debian.mjs';
import { fetchModel } from './model.mjs';
import { installPackages } from './packages.mjs';
import { StepError, stopStep } from './step.mjs';
import { runTests } from './test.mjs';

const LEAST_NODE = 20;
const PARENT_CHECK_MS = 500;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The built program of each command. `test` has none: it is a list of steps. */
const PROGRAMS = {
  start: 'packages/testkit/dist/launcher/main.js',
  demo: 'packages/testkit/dist/demo/main.js',
  floor: 'bench/dist/floor/main.js',
  bench: 'bench/dist/bench/main.js',
  chaos: 'bench/dist/chaos/main.js',
  autoscale: 'bench/dist/autoscale/main.js',
  model: 'packages/worker/dist/models/main.js',
};

const [command = '', ...args] = process.argv.slice(2);
const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

try {
  const exitCode = await main();
  // Undefined: a program ran, and has said so itself if it failed.
  if (exitCode !== undefined) process.exitCode = exitCode;
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  console.error(`tributary: ${error.message}`);
  process.exitCode = error.exitCode;
}

/** @returns {Promise<number | undefined>} the exit code, when it is known here */
async function main() {
  if (!(command in PROGRAMS) && command !== 'test') {
    throw new StepError(`usage: node scripts/run.mjs test|${Object.keys(PROGRAMS).join('|')}`, 2);
  }
  const major = Number(process.versions.node.split('.')[0]);
  if (major < LEAST_NODE)
    throw new StepError(`Node ${LEAST_NODE} or later is needed; this is ${process.versions.node}`);
  endWithNpm();
  for (const signal of signals) process.on(signal, stopStep);
  await installPackages(root);
  if (!args.includes('--help') && !args.includes('-h')) await installDebianPackages(root, needs());
  if (command === 'test') return await runTests(root, args);
  await build(root, projects());
  if (command === 'start' || command === 'demo') await fetchModel(root);
  for (const signal of signals) process.off(signal, stopStep);
  const program = join(root, PROGRAMS[/** @type {keyof typeof PROGRAMS} */ (command)]);
  if (!existsSync(program)) throw new StepError(`\`${command}\` does not exist yet`, 2);
  // In this very process: nobody stands between a signal and the one that handles it.
  process.argv = [process.execPath, program, ...args];
  await import(pathToFileURL(program).href);
  return undefined;
}

/** What has to be built for the command. @returns {readonly string[]} */
function projects() {
  if (command === 'model') return ['packages/worker'];
  return command === 'start' || command === 'demo' ? CLUSTER : [...CLUSTER, 'bench'];
}

/** What the command needs of Debian. @returns {Parameters<typeof installDebianPackages>[1]} */
function needs() {
  const spoken = process.env.ENGINE !== 'synthetic';
  if (command === 'model') return { redis: false, recogniser: false };
  if (command === 'test')
    return { redis: true, recogniser: true, pip: true, prometheus: true, browser: true };
  if (command === 'autoscale') return { redis: true, recogniser: false, prometheus: true };
  if (command === 'demo') return { redis: true, recogniser: spoken };
  if (command !== 'start') return { redis: true, recogniser: false };
  return { redis: !process.env.REDIS_URL && !process.env.REDIS_URL_FILE, recogniser: spoken };
}

/** npm passes signals on, but cannot do so when it is killed: then whoever started us is gone, and so are we. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS).unref();
}
