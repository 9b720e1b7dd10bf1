import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { WORKSPACE_FOLDER } from '@tributary/testkit';
import { expect, it } from 'vitest';

/*
 * A short selection of what `npm run chaos` does at length: real processes are killed under a small load, and
 * everything that was acknowledged is counted.
 */

const MAIN = join(WORKSPACE_FOLDER, 'bench/dist/chaos/main.js');
const SESSIONS = 12;
/** Long enough for two kills, which are 5 s apart at most. */
const SECONDS = 11;
const TEST_MS = 120_000;

interface Report {
  readonly passed: boolean;
  readonly results: readonly {
    readonly scenario: string;
    readonly sessions: number;
    readonly acked: number;
    readonly faults: readonly { readonly target: string }[];
    readonly findings: Readonly<Record<string, unknown>>;
    readonly crashes: readonly object[];
    readonly leftBehind: readonly string[];
    readonly mishaps: readonly string[];
  }[];
}

/** Runs scenarios as a user would, and reads the report. */
async function chaos(scenarios: string): Promise<{ exitCode: number; output: string; report: Report }> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-chaos-'));
  const json = join(folder, 'report.json');
  const args = ['--scenario', scenarios, '--sessions', `${SESSIONS}`, '--seconds', `${SECONDS}`];
  try {
    const run = promisify(execFile)(process.execPath, [MAIN, ...args, '--seed', '11', '--json', json]);
    const { exitCode, output } = await run.then(
      ({ stdout }) => ({ exitCode: 0, output: stdout }),
      (error: { code?: number; stdout?: string }) => ({
        exitCode: error.code ?? -1,
        output: error.stdout ?? String(error),
      }),
    );
    return { exitCode, output, report: JSON.parse(await readFile(json, 'utf8')) as Report };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

it(
  'nothing is lost or doubled when a worker or a gateway is killed',
  async () => {
    const { exitCode, output, report } = await chaos('kill-in-turn');
    for (const result of report.results) {
      const { findings, crashes, leftBehind, mishaps } = result;
      expect({ findings, crashes, leftBehind, mishaps }).toEqual({
        findings: { lost: 0, doubled: 0, disordered: 0, mismatched: 0, failed: 0, problems: [] },
        crashes: [],
        leftBehind: [],
        mishaps: [],
      });
      const roles = result.faults.map(({ target }) => target.replace(/-\d+$/, ''));
      expect(roles).toEqual(expect.arrayContaining(['worker', 'gateway']));
      expect(result.sessions).toBeGreaterThanOrEqual(SESSIONS);
      expect(result.acked).toBeGreaterThan(0);
    }
    expect(report.results).toHaveLength(1);
    expect(report.passed, output).toBe(true);
    expect(exitCode).toBe(0);
  },
  TEST_MS,
);

it('says which scenarios there are, and refuses others', async () => {
  const list = await promisify(execFile)(process.execPath, [MAIN, '--list']);
  for (const name of ['kill-worker', 'redis-aof-tail', 'reconnect-storm', 'everything']) {
    expect(list.stdout).toContain(name);
  }
  await expect(promisify(execFile)(process.execPath, [MAIN, '--scenario', 'x'])).rejects.toMatchObject({
    code: 1,
  });
});
