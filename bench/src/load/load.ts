import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadPlan, LoadReport } from './load-messages.js';
import { LoadTotals } from './load-totals.js';
import type { Phase } from './recorder.js';

/** The compiled program, also when this file runs from its source: the two folders lie equally deep. */
const CHILD_FILE = fileURLToPath(new URL('../../dist/load/main.js', import.meta.url));

/** The processes that play the clients. */
export class Load {
  readonly totals = new LoadTotals();
  readonly #children: ChildProcess[] = [];
  readonly #idle: Promise<unknown>[] = [];
  #clients = 0;

  private constructor() {}

  /** Starts the processes; no client begins yet. */
  static async start(plan: LoadPlan, processes: number): Promise<Load> {
    const load = new Load();
    try {
      await Promise.all(Array.from({ length: processes }, async () => await load.#fork(plan)));
      return load;
    } catch (error) {
      await load.kill();
      throw error;
    }
  }

  get pids(): number[] {
    return this.#children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  get clients(): number {
    return this.#clients;
  }

  /** So many clients in all from now on; new ones begin spread over `overMs`. */
  setClients(count: number, overMs: number): void {
    const processes = this.#children.length;
    for (const [p, child] of this.#children.entries()) {
      if (count < this.#clients) {
        const kept = Math.floor(count / processes) + (p < count % processes ? 1 : 0);
        this.#order(child, { type: 'keep', clients: kept });
        continue;
      }
      const slots: number[] = [];
      for (let slot = this.#clients; slot < count; slot++) if (slot % processes === p) slots.push(slot);
      this.#order(child, { type: 'grow', clients: slots, overMs });
    }
    this.#clients = count;
  }

  /** A phase of the run begins. */
  enter(phase: Phase): void {
    for (const child of this.#children) this.#order(child, { type: 'phase', phase });
  }

  /** Lets everybody finish; settles when all have, or have been given up. */
  async stop(): Promise<void> {
    for (const child of this.#children) this.#order(child, { type: 'stop' });
    await Promise.all(this.#idle);
    await this.kill();
  }

  /** Ends the processes at once. Can be called twice. */
  async kill(): Promise<void> {
    await Promise.all(
      this.#children.splice(0).map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }),
    );
  }

  async #fork(plan: LoadPlan): Promise<void> {
    const child = fork(CHILD_FILE, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
    const n = this.#children.push(child) - 1;
    let ready: () => void;
    let idle: () => void;
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const isIdle = new Promise<void>((resolve) => {
      idle = resolve;
    });
    child.on('message', (report: LoadReport) => {
      if (report.type === 'ready') ready();
      else if (report.type === 'idle') idle();
      else this.totals.add(n, report.interval);
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`a load process ended (exit code ${code})`);
    });
    // Both may be asked long after it has failed.
    ended.catch(() => undefined);
    const idleOrEnded = Promise.race([isIdle, ended]);
    idleOrEnded.catch(() => undefined);
    this.#idle.push(idleOrEnded);
    this.#order(child, { type: 'plan', plan });
    await Promise.race([isReady, ended]);
  }

  #order(child: ChildProcess, order: LoadOrder): void {
    if (child.connected) child.send(order, () => undefined);
  }
}
