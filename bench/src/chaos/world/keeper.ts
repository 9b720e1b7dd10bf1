import { setTimeout as sleep } from 'node:timers/promises';
import type { ManagedProcess } from '@tributary/testkit';
import { type Seen, see } from './processes.js';

/** A service that ended although nobody had killed it, or that did not end as it was asked to. */
export interface Crash {
  readonly name: string;
  readonly how: string;
}

const START_AGAIN_MS = 500;
const START_TRIES = 60;

/** Kills, stops and starts processes, and knows which ends were meant. */
export class Keeper {
  readonly crashes: Crash[] = [];
  /** Every process there was, also those that were killed. */
  readonly seen: Seen[] = [];
  readonly #pids = new Map<ManagedProcess, number>();
  readonly #doomed = new Set<number>();
  readonly #reviving = new Map<ManagedProcess, Promise<void>>();
  #closed = false;

  /** Takes care of a process that is running. */
  watch(process: ManagedProcess): void {
    this.#remember(process);
    process.onEnd(({ code, signal, expected }) => {
      // One that ends while it is starting lacks something; whoever starts it tries again.
      if (expected || this.#closed || this.#reviving.has(process)) return;
      if (this.#doomed.has(this.#pids.get(process) ?? 0)) return;
      this.crashes.push({ name: process.name, how: signal ?? `exit code ${code}` });
      this.revive(process).catch(() => undefined);
    });
  }

  /** Whether it is up, and not just about to be. */
  isUp(process: ManagedProcess): boolean {
    return process.running && !this.#reviving.has(process);
  }

  /** `kill -9`; resolves when it is gone. */
  async killHard(process: ManagedProcess): Promise<void> {
    if (process.pid !== undefined) this.#doomed.add(process.pid);
    await process.killHard();
  }

  /** Asks it to stop; what has to be killed in the end, or ends with an error, counts as a crash. */
  async stopGently(process: ManagedProcess, graceMs: number): Promise<void> {
    const end = await process.stop(graceMs);
    if (end === undefined || end.code === 0) return;
    this.crashes.push({ name: process.name, how: `when stopped: ${end.signal ?? `exit code ${end.code}`}` });
  }

  /** Starts it, again and again while what it needs is not there; nothing happens when it is running. */
  async revive(process: ManagedProcess): Promise<void> {
    const running = this.#reviving.get(process);
    if (running !== undefined) return await running;
    if (process.running) return;
    const reviving = this.#start(process).finally(() => this.#reviving.delete(process));
    this.#reviving.set(process, reviving);
    await reviving;
  }

  /** From now on everything may end. */
  close(): void {
    this.#closed = true;
  }

  #remember(process: ManagedProcess): void {
    if (process.pid === undefined) return;
    this.#pids.set(process, process.pid);
    this.seen.push(see(process.name, process.pid));
  }

  async #start(process: ManagedProcess): Promise<void> {
    for (let tries = 1; !process.running && !this.#closed; tries++) {
      try {
        await process.start();
        this.#remember(process);
      } catch (error) {
        if (tries === START_TRIES) throw error;
        await sleep(START_AGAIN_MS);
      }
    }
  }
}
