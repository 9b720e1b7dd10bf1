/** `npm test`: format and lint, types, then all tests; at the end one plain line that counts. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { fetchModel } from './model.mjs';
import { runStep, StepError, Stopped } from './step.mjs';

/**
 * @param {string} root
 * @param {readonly string[]} args passed on to vitest, for example the name of a file
 * @returns {Promise<number>} the exit code
 */
export async function runTests(root, args) {
  const tally = { passed: 0, failed: 0 };
  // Beside each other: linting takes one core, and fetching waits for the network.
  const [lintCode, typesCode] = await Promise.all([
    check(tally, () => lint(root)),
    check(tally, () => build(root)).then(async (code) => {
      if (code === 0) await fetchModel(root);
      return code;
    }),
  ]);
  let exitCode = lintCode || typesCode;
  // Tests run against what was built: without types there is nothing new to test.
  if (typesCode === 0) exitCode = (await runVitest(root, args, tally)) || exitCode;
  console.log(`${tally.passed} passed, ${tally.failed} failed`);
  return exitCode;
}

/** @param {{ passed: number, failed: number }} tally @param {() => Promise<void>} step */
async function check(tally, step) {
  try {
    await step();
    return 0;
  } catch (error) {
    if (error instanceof Stopped || !(error instanceof StepError)) throw error;
    console.error(error.message);
    tally.failed++;
    return error.exitCode;
  }
}

/** @param {string} root */
async function lint(root) {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const colors = process.stdout.isTTY ? [] : ['--colors=off'];
  await runStep('checking format and lint', process.execPath, [biome, 'ci', ...colors, '.'], {
    cwd: root,
    show: true,
  });
}

/** @param {string} root @param {readonly string[]} args @param {{ passed: number, failed: number }} tally */
async function runVitest(root, args, tally) {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-result-'));
  const resultFile = join(folder, 'result.json');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`];
  try {
    const exitCode = await check({ passed: 0, failed: 0 }, () =>
      runStep('running the tests', process.execPath, [vitest, 'run', ...reporters, ...args], {
        cwd: root,
        show: true,
      }),
    );
    count(resultFile, exitCode, tally);
    return exitCode;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} resultFile @param {number} exitCode @param {{ passed: number, failed: number }} tally */
function count(resultFile, exitCode, tally) {
  let failed = 0;
  try {
    const result = JSON.parse(readFileSync(resultFile, 'utf8'));
    tally.passed += result.numPassedTests;
    failed = result.numFailedTests;
    // A file that could not even be loaded has no tests that could fail.
    failed += result.testResults.filter(
      (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
        file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
    ).length;
  } catch (error) {
    console.error(`the tests left no readable result: ${error instanceof Error ? error.message : error}`);
  }
  // Something outside of the tests went wrong, such as an error that nobody awaited.
  tally.failed += exitCode !== 0 && failed === 0 ? 1 : failed;
}
