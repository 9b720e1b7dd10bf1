import { Launcher } from '../launcher/launcher.js';
import { onStopSignals } from '../stop-signals.js';
import { builtFile } from '../workspace.js';

/* The launcher with fake services, as a process that tests can kill. Tells its processes as one line of JSON. */
const [dataFolder = '', port = '0'] = process.argv.slice(2);
const entry = builtFile('testkit', 'testing/fake-service.js');
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const launcher = new Launcher(
  {
    gateways: 1,
    routers: 1,
    workers: 1,
    port: Number(port),
    host: '127.0.0.1',
    dataFolder,
    env: { PATH: process.env.PATH, FAKE_BEHAVIOUR: process.env.FAKE_BEHAVIOUR },
  },
  { say, fatal: (error) => say(`fatal ${error.message}`) },
  { gateway: entry, router: entry, worker: entry },
);
onStopSignals(
  () => void launcher.stop().then(() => process.exit(0)),
  () => launcher.kill(),
);
try {
  await launcher.start();
  say(JSON.stringify(Object.fromEntries(launcher.processes.map((child) => [child.name, child.pid]))));
} catch (error) {
  say(`failed ${error instanceof Error ? error.message : String(error)}`);
  await launcher.stop();
  process.exit(1);
}
