/** Builds packages and what they need; what did not change is not built again. */
import { join } from 'node:path';
import { runStep } from './step.mjs';

/** What a cluster needs to run, and the client that its examples speak to it with. */
export const CLUSTER = [
  'packages/gateway',
  'packages/router',
  'packages/worker',
  'packages/testkit',
  'packages/client',
];

/**
 * @param {string} root
 * @param {readonly string[]} projects all of the workspace when empty
 */
export async function build(root, projects = []) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  await runStep('building', process.execPath, [tsc, '-b', ...projects], { cwd: root });
}
