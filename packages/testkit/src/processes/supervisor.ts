import { setTimeout as sleep } from 'node:timers/promises';
import { type BackoffOptions, backoffMs, countFailure } from './backoff.js';
import { describeEnd, type ManagedProcess, type ProcessEnd } from './managed-process.js';
import { ProcessError } from './process-error.js';

const BACKOFF: BackoffOptions = { firstMs: 250, mostMs: 5_000, healthyMs: 30_000 };

/** Exit code of a process whose configuration is wrong: starting it again would not help. */
const CONFIG_EXIT_CODE = 2;

export interface SupervisorReport {
  /** A line for whoever watches. */
  say(line: string): void;
  /** A process cannot run; everything should be stopped. */
  fatal(error: Error): void;
}

/** Starts a process again when it dies, more and more slowly, until told to stop. */
export class Supervisor {
  readonly #process: ManagedProcess;
  readonly #report: SupervisorReport;
  readonly #stop = new AbortController();
  #failures = 0;
  #startedAt = performance.now();
  #restarting = false;

  /** Takes over a process that is running and ready. */
  constructor(process: ManagedProcess, report: SupervisorReport) {
    this.#process = process;
    this.#report = report;
    process.onEnd((end) => {
      // Deaths during a start are seen by the loop that started it.
      if (!end.expected && !this.#restarting) void this.#restart(end).catch((error) => report.fatal(error));
    });
  }

  /** From now on the process may end. Does not end it. */
  stop(): void {
    this.#stop.abort();
  }

  async #restart(end: ProcessEnd): Promise<void> {
    const { name } = this.#process;
    this.#restarting = true;
    try {
      let reason = describeEnd(end);
      while (!this.#stop.signal.aborted) {
        if (end.code === CONFIG_EXIT_CODE) throw configurationError(this.#process, this.#process.logs());
        this.#failures = countFailure(this.#failures, performance.now() - this.#startedAt, BACKOFF);
        const waitMs = backoffMs(this.#failures, BACKOFF);
        this.#report.say(`${name} ended (${reason}); starting it again in ${waitMs} ms`);
        await sleep(waitMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
        if (this.#stop.signal.aborted) return;
        this.#startedAt = performance.now();
        try {
          await this.#process.start();
          this.#report.say(`${name} is back`);
          return;
        } catch (error) {
          if (!(error instanceof ProcessError) || error.exitCode === CONFIG_EXIT_CODE) throw error;
          reason = error.message.split('\n')[0] ?? error.message;
        }
      }
    } finally {
      this.#restarting = false;
    }
  }
}

function configurationError(process: ManagedProcess, log: string): ProcessError {
  return new ProcessError(process.name, 'refuses its configuration', {
    logTail: log.trimEnd().split('\n').slice(-5).join('\n'),
    exitCode: CONFIG_EXIT_CODE,
  });
}
