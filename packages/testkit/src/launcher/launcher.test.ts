import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../net/free-port.js';
import { identify, isAlive, type ProcessIdentity } from '../processes/process-identity.js';
import { type TempFolder, tempFolder } from '../temp-folder.js';
import { waitFor } from '../wait-for.js';
import { builtFile } from '../workspace.js';

/** What the promise to leave nothing behind allows. */
const STOP_MS = 5_000;

let folder: TempFolder;
let data: string;
const launchers: ChildProcess[] = [];
/** The last one that was told to run good services, and did. */
let good: Launched | undefined;

interface Launched {
  readonly process: ChildProcess;
  readonly port: number;
  readonly lines: string[];
  readonly children: Readonly<Record<string, ProcessIdentity>>;
}

/** Starts a launcher with fake services and waits until everything serves, or it has failed. */
async function launch(port: number, behaviour = 'good'): Promise<Launched> {
  const child = spawn(
    process.execPath,
    [builtFile('testkit', 'testing/fake-launcher.js'), data, String(port)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH, FAKE_BEHAVIOUR: behaviour },
    },
  );
  launchers.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const last = await waitFor(() => lines.find((line) => line.startsWith('{') || line.startsWith('failed')), {
    timeoutMs: 20_000,
    what: 'the launcher',
  });
  const pids = last.startsWith('{') ? (JSON.parse(last) as Record<string, number>) : {};
  const children = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, identify(pid)]));
  const launched = { process: child, port, lines, children };
  if (behaviour === 'good' && pids.redis !== undefined) good = launched;
  return launched;
}

/** A launcher whose services serve: the one that the test before has left running, else a new one. */
async function serving(): Promise<Launched> {
  return good !== undefined && isRunning(good.process) ? good : await launch(await freePort());
}

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

async function endLaunchers(signal: NodeJS.Signals): Promise<void> {
  for (const child of launchers.splice(0).filter(isRunning)) {
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}

async function expectGone(children: Launched['children']): Promise<void> {
  await waitFor(() => !Object.values(children).some(isAlive), {
    timeoutMs: STOP_MS,
    what: 'the end of all processes',
  });
}

// One data folder for all: that PostgreSQL's cluster is made once, and found again, is what a user sees as well.
beforeAll(async () => {
  folder = await tempFolder('launcher');
  // PostgreSQL's user has to get in.
  await chmod(folder.path, 0o755);
  data = `${folder.path}/with a space`;
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await endLaunchers('SIGKILL');
});

afterAll(async () => {
  await endLaunchers('SIGTERM');
  await folder?.remove();
});

// Real servers on a machine that may be busy with other tests.
describe('the launcher', { timeout: 60_000 }, () => {
  it('starts everything, and stops everything at a Ctrl-C', async () => {
    const { process: launcher, children, lines } = await launch(await freePort());
    expect(Object.keys(children)).toEqual(['redis', 'postgres', 'router-1', 'worker-1', 'gateway-1']);
    expect(lines.some((line) => line.startsWith('made an empty'))).toBe(true);
    expect(statSync(`${data}/postgres.password`).mode & 0o777).toBe(0o600);
    launcher.kill('SIGINT');
    // npm passes on what the terminal has sent already: that is not a second wish.
    launcher.kill('SIGINT');
    expect(await once(launcher, 'exit')).toEqual([0, null]);
    expect(Object.values(children).some(isAlive)).toBe(false);
    expect(existsSync(`${data}/launcher.pid`)).toBe(false);
    expect(lines.filter((line) => line.startsWith('stopping'))).toEqual([
      'stopping gateway-1',
      'stopping worker-1',
      'stopping router-1',
    ]);
  });

  it('keeps within its time when services do not listen, and is faster at the second signal', async () => {
    const { process: launcher, children } = await launch(await freePort(), 'deaf');
    const startedAt = performance.now();
    launcher.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 600));
    launcher.kill('SIGTERM');
    expect(await once(launcher, 'exit')).toEqual([143, null]);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    await expectGone(children);
    const again = await launch(await freePort(), 'deaf');
    const stoppedAt = performance.now();
    again.process.kill('SIGHUP');
    expect(await once(again.process, 'exit')).toEqual([0, null]);
    expect(performance.now() - stoppedAt).toBeLessThan(STOP_MS);
    await expectGone(again.children);
  });

  it('leaves nothing behind when it is killed, and starts again from what it left on disk', async () => {
    const first = await launch(await freePort(), 'deaf');
    first.process.kill('SIGKILL');
    await expectGone(first.children);
    expect(existsSync(`${data}/launcher.pid`)).toBe(true);
    const second = await launch(first.port);
    expect(second.lines.some((line) => line.startsWith('made an empty'))).toBe(false);
    expect(Object.keys(second.children)).toHaveLength(5);
  });

  it('starts again at once after a kill of it and of its guard', async () => {
    const first = await serving();
    const guard = guardOf(first.process.pid!);
    process.kill(guard, 'SIGKILL');
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');
    const second = await launch(first.port);
    expect(Object.keys(second.children)).toHaveLength(5);
    expect(Object.values(first.children).some(isAlive)).toBe(false);
  });

  it('takes over a pid file that PostgreSQL left, also when its number belongs to another process now', async () => {
    const first = await serving();
    first.process.kill('SIGINT');
    await once(first.process, 'exit');
    writeFileSync(`${data}/postgres/data/postmaster.pid`, `${process.pid}\n${data}/postgres/data\n`);
    expect(Object.keys((await launch(first.port)).children)).toHaveLength(5);
  });

  it('refuses a data folder that is in use, and a port that is taken, in one line', async () => {
    const first = await serving();
    const second = await launch(await freePort());
    expect(second.lines.at(-1)).toContain('is in use by a running Tributary');
    const third = await launch(first.port);
    expect(third.lines.at(-1)).toMatch(/^failed port \d+ cannot be used \(EADDRINUSE\)/);
    expect(Object.values(first.children).every(isAlive)).toBe(true);
  });

  it('starts any process again that dies, also Redis and PostgreSQL', async () => {
    const { children, lines } = await serving();
    for (const name of ['gateway-1', 'redis', 'postgres']) {
      process.kill(children[name]!.pid, 'SIGKILL');
      await waitFor(() => lines.includes(`${name} is back`), {
        timeoutMs: 15_000,
        what: `${name} to come back`,
      });
    }
  });
});

/** The guard is the one child of a launcher that runs the guard's program. */
function guardOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  const guard = children.find((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('guard-main.js'),
  );
  if (guard === undefined) throw new Error('the launcher has no guard');
  return guard;
}
