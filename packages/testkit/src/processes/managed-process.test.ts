import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceProcess } from '../cluster/service-process.js';
import { type TempFolder, tempFolder } from '../temp-folder.js';
import { waitFor } from '../wait-for.js';
import { builtFile } from '../workspace.js';
import { identify, isAlive } from './process-identity.js';
import { ProcessRegistry } from './process-registry.js';
import { Supervisor } from './supervisor.js';

let folder: TempFolder;
let registry: ProcessRegistry;
let service: ServiceProcess | undefined;

function fake(behaviour = 'good', startTimeoutMs?: number): ServiceProcess {
  const made = new ServiceProcess({
    role: 'worker',
    number: 1,
    env: { FAKE_BEHAVIOUR: behaviour },
    logFolder: folder.path,
    registry,
    entry: builtFile('testkit', 'testing/fake-service.js'),
  });
  if (startTimeoutMs !== undefined) Object.assign(made.spec, { startTimeoutMs });
  service = made;
  return made;
}

beforeEach(async () => {
  folder = await tempFolder('managed');
  registry = new ProcessRegistry(`${folder.path}/processes.jsonl`);
});

afterEach(async () => {
  await service?.stop(0);
  await folder.remove();
});

describe('a managed process', () => {
  it('is ready with its port, and stops with exit code 0 when asked', async () => {
    const worker = fake();
    await worker.start();
    expect(await (await fetch(worker.url)).status).toBe(404);
    expect(worker.logs()).toContain('"instance":"worker-1"');
    expect(registry.leftovers().map((child) => child.name)).toEqual(['worker-1']);
    expect(await worker.stop()).toEqual({ code: 0, signal: null, expected: true });
    expect(worker.running).toBe(false);
    expect(registry.leftovers()).toEqual([]);
    expect(await worker.stop()).toBeUndefined();
  });

  it('can be killed, and started again', async () => {
    const worker = fake();
    await worker.start();
    const first = worker.pid;
    await worker.killHard();
    expect(worker.running).toBe(false);
    await worker.start();
    expect(worker.pid).not.toBe(first);
    await worker.restart();
    expect(worker.running).toBe(true);
  });

  it('can be paused: it answers nothing, and can still be stopped', async () => {
    const worker = fake();
    await worker.start();
    worker.pause();
    await expect(fetch(worker.url, { signal: AbortSignal.timeout(200) })).rejects.toThrow();
    worker.resume();
    expect((await fetch(worker.url)).status).toBe(404);
    worker.pause();
    expect((await worker.stop())?.code).toBe(0);
  });

  it('is killed when it does not stop in time', async () => {
    const worker = fake('deaf');
    await worker.start();
    expect(await worker.stop(150)).toMatchObject({ signal: 'SIGKILL', expected: true });
  });

  it('that ends while it starts is reported with its last words', async () => {
    const worker = fake('misconfigured');
    await expect(worker.start()).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(
        /^worker-1 ended while it was starting \(exit code 2\)\n.*SHARDS: must be/s,
      ),
    });
    expect(worker.running).toBe(false);
  });

  it('that never gets ready is ended', async () => {
    const worker = fake('never-ready', 700);
    await expect(worker.start()).rejects.toThrow('worker-1 was not ready after 0.7 s');
    expect(registry.leftovers()).toEqual([]);
  });
});

describe('the list of processes', () => {
  it('finds and ends what was left', async () => {
    const worker = fake();
    await worker.start();
    const left = await new ProcessRegistry(`${folder.path}/processes.jsonl`).endLeftovers();
    expect(left.map((child) => child.name)).toEqual(['worker-1']);
    await waitFor(() => !worker.running, { what: 'the end of the worker' });
  });

  it('does not take another process with the same id for one of ours', () => {
    const self = identify(process.pid);
    expect(isAlive(self)).toBe(true);
    expect(isAlive({ ...self, startTime: '1' })).toBe(false);
  });
});

describe('a supervisor', () => {
  it('starts a process again when it dies, and not when it is stopped', async () => {
    const worker = fake();
    await worker.start();
    const lines: string[] = [];
    const supervisor = new Supervisor(worker, {
      say: (line) => lines.push(line),
      fatal: (e) => lines.push(e.message),
    });
    worker.kill('SIGKILL');
    await waitFor(() => lines.length === 2, { what: 'the restart' });
    worker.kill('SIGKILL');
    await waitFor(() => lines.length === 4, { what: 'the second restart' });
    expect(lines).toEqual([
      'worker-1 ended (signal SIGKILL); starting it again in 250 ms',
      'worker-1 is back',
      'worker-1 ended (signal SIGKILL); starting it again in 500 ms',
      'worker-1 is back',
    ]);
    supervisor.stop();
    await worker.stop();
    await sleep(50);
    expect(lines).toHaveLength(4);
  });

  it('gives up on a configuration that is refused', async () => {
    const worker = fake();
    await worker.start();
    const fatal = new Promise<Error>((resolve) => {
      new Supervisor(worker, { say: () => undefined, fatal: resolve });
    });
    Object.assign(worker.spec.env, { FAKE_BEHAVIOUR: 'misconfigured' });
    worker.kill('SIGKILL');
    expect((await fatal).message).toContain('SHARDS: must be');
  });
});

it('ends by itself when whoever started it is gone', async () => {
  const { fork } = await import('node:child_process');
  const child = fork(builtFile('testkit', 'testing/fake-service.js'), { stdio: 'ignore' });
  await once(child, 'message');
  child.disconnect();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
