import { startCluster } from '../cluster/start-cluster.js';
import { describeError } from '../describe-error.js';
import { readClips } from '../speech/clips.js';
import { onStopSignals } from '../stop-signals.js';
import { runDemo } from './demo.js';
import { demoOptions } from './demo-options.js';

/* `npm run demo`: real speech through a real cluster, which is gone afterwards. */

const options = demoOptions(process.argv.slice(2));
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

let interrupted = false;
let stop = async (): Promise<void> => undefined;
onStopSignals(
  (signal) => {
    interrupted = true;
    say(`${signal}: stopping`);
    // What was started so far ends with this process even when the cluster is not complete yet: see the guard.
    void stop().finally(() => process.exit(130));
  },
  () => undefined,
);

try {
  const clips = await readClips();
  say('starting a cluster on free ports, in a temporary folder');
  const { API_KEYS: _, ...env } = process.env;
  const cluster = await startCluster({ ...options, env: { ...env, HOST: '127.0.0.1', DRAIN_MS: '500' } });
  stop = cluster.stop;
  try {
    say(`speaking ${clips.length} recordings to ${cluster.url}`);
    const result = await runDemo(cluster, clips, options, say);
    await cluster.stop();
    say('');
    for (const problem of result.problems) process.stderr.write(`demo: ${problem}\n`);
    say(`wer ${result.wordErrorRate.toFixed(3)} sessions ${result.sessions}`);
    process.exitCode = result.problems.length === 0 && result.sessions === clips.length ? 0 : 1;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
} catch (error) {
  if (!interrupted) process.stderr.write(`demo: ${describeError(error)}\n`);
  process.exitCode = 1;
}
