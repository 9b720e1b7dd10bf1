/** The speech model that the `auto` engine prefers: fetched once, when it can be had; nothing fails without it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runStep, StepError, Stopped } from './step.mjs';

const TIMEOUT_SECONDS = 120;

/** Engines for which there is nothing to fetch. */
const OTHER_ENGINES = new Set(['pocketsphinx', 'synthetic', 'remote']);

/**
 * Needs the worker built. The model lies outside of the tree (MODELS_DIR), so that it is fetched once for a machine.
 *
 * @param {string} root
 */
export async function fetchModel(root) {
  if (OTHER_ENGINES.has(process.env.ENGINE ?? '')) return;
  const program = join(root, 'packages/worker/dist/models/main.js');
  if (spawnSync(process.execPath, [program, 'path', '--any'], { stdio: 'ignore' }).status === 0) return;
  try {
    await runStep(
      'fetching the default speech model (needs the network, once)',
      process.execPath,
      [program, 'pull', '--timeout', String(TIMEOUT_SECONDS)],
      { cwd: root },
    );
  } catch (error) {
    if (error instanceof Stopped || !(error instanceof StepError)) throw error;
    const reason = error.message
      .split('\n')
      .at(-1)
      ?.replace(/^\W*(tributary: )?/, '');
    console.error(
      `  no speech model (${reason}): recognition is by pocketsphinx until \`npm run model -- pull\` works`,
    );
  }
}
