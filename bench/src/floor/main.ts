import { writeFile } from 'node:fs/promises';
import { onStopSignals } from '@tributary/testkit';
import { floorCommand } from './floor-options.js';
import { formatFloor } from './floor-report.js';
import { measureFloor } from './measure-floor.js';

/* `npm run floor`: what a chunk costs at least on this machine. */

// npm changes to the package's folder; INIT_CWD is where the user typed the path.
const command = floorCommand(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

let stop = async (): Promise<void> => undefined;
let interrupted = false;
onStopSignals(
  (signal) => {
    interrupted = true;
    say(`${signal}: stopping`);
    void stop().finally(() => process.exit(130));
  },
  () => undefined,
);

try {
  const report = await measureFloor(command, say, (stopRedis) => {
    stop = stopRedis;
  });
  say('');
  say(formatFloor(report));
  if (command.json !== undefined) {
    await writeFile(command.json, `${JSON.stringify(report, null, 2)}\n`);
    say(`\nwritten to ${command.json}`);
  }
} catch (error) {
  if (!interrupted)
    process.stderr.write(`floor: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
