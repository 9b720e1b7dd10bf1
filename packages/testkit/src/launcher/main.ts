import { describeError } from '../describe-error.js';
import { onStopSignals } from '../stop-signals.js';
import { Launcher } from './launcher.js';
import { launcherOptions } from './options.js';

/* `npm start`: a whole cluster on this machine, until a Ctrl-C. */

const options = launcherOptions(process.argv.slice(2), process.env);

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const launcher = new Launcher(options, { say, fatal: (error) => void end(1, error) });
let ending = false;

/** Stops everything and ends this process. */
async function end(exitCode: number, reason?: unknown): Promise<void> {
  if (ending) return;
  ending = true;
  if (reason !== undefined) process.stderr.write(`tributary: ${describeError(reason)}\n`);
  try {
    await launcher.stop();
  } catch (error) {
    process.stderr.write(`tributary: stopping failed: ${describeError(error)}\n`);
    launcher.kill();
    process.exit(1);
  }
  if (exitCode === 0) say('stopped');
  process.exit(exitCode);
}

onStopSignals(
  (signal) => {
    say(`${signal}: stopping`);
    void end(0);
  },
  () => launcher.kill(),
);
process.on('uncaughtException', (error) => void end(1, error));

try {
  await launcher.start();
  if (!ending) {
    for (const url of launcher.urls) say(`ready ${url}`);
    say('Ctrl-C stops it');
  }
} catch (error) {
  await end(1, error);
}
