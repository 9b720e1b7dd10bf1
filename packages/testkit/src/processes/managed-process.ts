import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChildRecord, killGroup } from './child-record.js';
import { guard } from './guard.js';
import { logTail, readLog } from './log-file.js';
import { ProcessError } from './process-error.js';
import { identify, sendSignal } from './process-identity.js';
import type { ProcessRegistry } from './process-registry.js';

export interface ProcessSpec {
  readonly name: string;
  readonly kind: ChildRecord['kind'];
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Output is appended here: it survives us, and a process never blocks on a reader that is gone. */
  readonly logFile: string;
  readonly stopSignal: NodeJS.Signals;
  readonly startTimeoutMs: number;
  /** `ipc`: the process says `{type: 'ready', port}`; a function is asked until it answers with the port. */
  readonly ready: 'ipc' | ((pid: number) => Promise<number | undefined>);
  /** User to run as, when it is not ours. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly registry?: ProcessRegistry | undefined;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** False when nobody called `stop` or `restart`. */
  readonly expected: boolean;
}

const PROBE_MS = 20;
const DEFAULT_STOP_MS = 5_000;

interface Running {
  readonly child: ChildProcess;
  readonly record: ChildRecord;
  readonly ended: Promise<ProcessEnd>;
}

/** One process that can be started, disturbed, stopped and started again; it never outlives us. */
export class ManagedProcess {
  readonly spec: ProcessSpec;
  #running: Running | undefined;
  #port = 0;
  #stopping = false;
  readonly #listeners = new Set<(end: ProcessEnd) => void>();

  constructor(spec: ProcessSpec) {
    this.spec = spec;
  }

  get name(): string {
    return this.spec.name;
  }

  get pid(): number | undefined {
    return this.#running?.record.pid;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** The port it reported when it became ready. */
  get port(): number {
    return this.#port;
  }

  /** Calls back whenever the process has ended, for whatever reason. */
  onEnd(listener: (end: ProcessEnd) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Starts the process and resolves when it is ready.
   *
   * @throws ProcessError with the tail of its log when it ends or hangs before that; it is not running then.
   */
  async start(): Promise<void> {
    if (this.#running !== undefined) throw new Error(`${this.name} is running already`);
    this.#stopping = false;
    const running = await this.#spawn();
    const timeout = new AbortController();
    try {
      const port = await Promise.race([
        this.#becomeReady(running, timeout.signal),
        running.ended.then((end) => {
          throw this.#error(`ended while it was starting (${describeEnd(end)})`, end.code);
        }),
        sleep(this.spec.startTimeoutMs, undefined, { signal: timeout.signal }).then(() => {
          throw this.#error(`was not ready after ${this.spec.startTimeoutMs / 1_000} s`, null);
        }),
      ]);
      this.#port = port;
    } catch (error) {
      await this.stop(0);
      throw error;
    } finally {
      timeout.abort();
    }
  }

  /** Asks the process to stop, kills it when it takes too long, and resolves when it is gone. */
  async stop(graceMs = DEFAULT_STOP_MS): Promise<ProcessEnd | undefined> {
    const running = this.#running;
    if (running === undefined) return undefined;
    this.#stopping = true;
    if (graceMs > 0) {
      this.kill(this.spec.stopSignal);
      this.resume();
      const timer = new AbortController();
      await Promise.race([
        running.ended,
        sleep(graceMs, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
      timer.abort();
    }
    // Also sweeps up what a process that was killed left in its group.
    killGroup(running.record);
    return await running.ended;
  }

  /** Stops and starts it again; the port stays when it was given one. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Sends a signal and does not wait; false when the process is not running. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): boolean {
    return this.#running !== undefined && sendSignal(this.#running.record.pid, signal);
  }

  /** Kills it with `kill -9` and resolves when it is gone. */
  async killHard(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.kill('SIGKILL');
    await running.ended;
  }

  pause(): boolean {
    return this.kill('SIGSTOP');
  }

  resume(): boolean {
    return this.kill('SIGCONT');
  }

  /** All it has written to standard output and standard error. */
  logs(): string {
    return readLog(this.spec.logFile);
  }

  async #spawn(): Promise<Running> {
    const { spec } = this;
    mkdirSync(dirname(spec.logFile), { recursive: true });
    const log = openSync(spec.logFile, 'a', 0o600);
    let child: ChildProcess;
    try {
      // Detached: in a group of its own, so that a Ctrl-C reaches us alone and we stop things in order.
      child = spawn(spec.command, spec.args, {
        cwd: spec.cwd,
        env: spec.env,
        detached: true,
        stdio: spec.ready === 'ipc' ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
        ...spec.user,
      });
    } finally {
      closeSync(log);
    }
    if (child.pid === undefined) {
      const [error] = (await once(child, 'error')) as [Error];
      throw this.#error(`could not be started: ${error.message}`, null);
    }
    // With a pid the only later errors are of sending: a signal or a message to a process that just ended.
    child.on('error', () => undefined);
    const record: ChildRecord = {
      ...identify(child.pid),
      name: spec.name,
      kind: spec.kind,
      stopSignal: spec.stopSignal,
    };
    guard.watch(record);
    spec.registry?.started(record);
    const ended = once(child, 'exit').then(([code, signal]) => {
      const end: ProcessEnd = { code, signal, expected: this.#stopping };
      this.#running = undefined;
      guard.forget(record);
      spec.registry?.ended(record);
      for (const listener of this.#listeners) listener(end);
      return end;
    });
    this.#running = { child, record, ended };
    return this.#running;
  }

  async #becomeReady(running: Running, signal: AbortSignal): Promise<number> {
    const { ready } = this.spec;
    if (ready === 'ipc') {
      return await new Promise((resolve) => {
        running.child.on('message', (message) => {
          if (isReady(message)) resolve(message.port);
        });
      });
    }
    while (!signal.aborted) {
      const port = await ready(running.record.pid);
      if (port !== undefined) return port;
      await sleep(PROBE_MS);
    }
    return 0;
  }

  #error(reason: string, exitCode: number | null): ProcessError {
    return new ProcessError(this.name, reason, { logTail: logTail(this.logs()), exitCode });
  }
}

/** How a process ended, in words. */
export function describeEnd(end: ProcessEnd): string {
  return end.signal === null ? `exit code ${end.code}` : `signal ${end.signal}`;
}

function isReady(message: unknown): message is { type: 'ready'; port: number } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === 'ready' &&
    'port' in message &&
    typeof message.port === 'number'
  );
}
