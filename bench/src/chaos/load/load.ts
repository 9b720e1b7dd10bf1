import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadPlan, LoadProgress, LoadReport } from './load-messages.js';
import type { SessionRecord } from './session-record.js';

const CHILD_FILE = fileURLToPath(new URL('./main.js', import.meta.url));
/** More sessions than this get a second process. */
const SESSIONS_PER_PROCESS = 250;

const NOTHING: LoadProgress = { open: 0, ended: 0, acked: 0, segments: 0, lagMs: 0 };

/** The processes that play the clients. */
export class Load {
  readonly records: SessionRecord[] = [];
  /** What became of clients on purpose, by name. */
  readonly disturbed = new Map<string, number>();
  readonly #children: ChildProcess[] = [];
  readonly #progress = new Map<ChildProcess, LoadProgress>();
  readonly #done: Promise<void>[] = [];

  /** Starts the processes and their sessions. */
  start(plan: Omit<LoadPlan, 'slots'>, sessions: number): void {
    const processes = Math.ceil(sessions / SESSIONS_PER_PROCESS);
    for (let p = 0; p < processes; p++) {
      const slots = Array.from({ length: sessions }, (_, slot) => slot).filter(
        (slot) => slot % processes === p,
      );
      const child = fork(CHILD_FILE, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
      this.#children.push(child);
      const followed = this.#follow(child);
      // `done` may be asked long after it failed.
      followed.catch(() => undefined);
      this.#done.push(followed);
      this.#order(child, { type: 'run', plan: { ...plan, slots } });
    }
  }

  get progress(): LoadProgress {
    return [...this.#progress.values()].reduce(
      (sum, one) => ({
        open: sum.open + one.open,
        ended: sum.ended + one.ended,
        acked: sum.acked + one.acked,
        segments: sum.segments + one.segments,
        lagMs: Math.max(sum.lagMs, one.lagMs),
      }),
      NOTHING,
    );
  }

  get pids(): number[] {
    return this.#children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** Cuts the sockets of a share of all sessions. */
  cut(share: number): void {
    for (const child of this.#children) this.#order(child, { type: 'cut', share });
  }

  /** Lets some sessions stop reading for a time. */
  stopReading(count: number, forMs: number): void {
    const each = Math.ceil(count / this.#children.length);
    for (const child of this.#children) this.#order(child, { type: 'stop-reading', count: each, forMs });
  }

  /** Settles when all sessions have ended, one way or the other. */
  async done(): Promise<void> {
    await Promise.all(this.#done);
  }

  /** Ends the processes; can be called twice. */
  async stop(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
  }

  #order(child: ChildProcess, order: LoadOrder): void {
    // A child that died is noticed by whoever waits for it.
    child.send(order, () => undefined);
  }

  async #follow(child: ChildProcess): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) =>
        reject(new Error(`the clients' process ended (${signal ?? code})`)),
      );
      child.on('message', (report: LoadReport) => {
        switch (report.type) {
          case 'progress':
            this.#progress.set(child, report);
            break;
          case 'record':
            this.records.push(report.record);
            break;
          case 'disturbed':
            this.disturbed.set(report.what, (this.disturbed.get(report.what) ?? 0) + report.count);
            break;
          case 'done':
            resolve();
        }
      });
    });
  }
}
