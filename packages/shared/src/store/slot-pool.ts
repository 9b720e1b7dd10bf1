import { ConnectionSlot, type SlotOptions } from './connection-slot.js';
import type { DatabaseSettings } from './postgres-client.js';
import { StoreError } from './store-error.js';

interface Waiter {
  resolve(slot: ConnectionSlot): void;
  reject(error: StoreError): void;
  timer: NodeJS.Timeout;
}

/** How a pool is used at a moment, in slots and statements. */
export interface PoolReadings {
  readonly busy: number;
  readonly idle: number;
  /** Statements that wait for a slot. */
  readonly waiting: number;
}

/** A fixed number of slots, handed out one user at a time; the last one used first, waiters in order. */
export class SlotPool implements PoolReadings {
  readonly #all: readonly ConnectionSlot[];
  readonly #free: ConnectionSlot[];
  readonly #waiters: Waiter[] = [];
  #closed: Promise<void> | null = null;
  #allFree: (() => void) | null = null;

  constructor(settings: DatabaseSettings, size: number, options: SlotOptions) {
    this.#all = Array.from({ length: size }, () => new ConnectionSlot(settings, options));
    this.#free = [...this.#all];
  }

  get busy(): number {
    return this.#all.length - this.#free.length;
  }

  get idle(): number {
    return this.#free.length;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /** @throws StoreError `deadline_passed` when no slot came free within `deadlineMs`, `closed`. */
  async acquire(deadlineMs: number): Promise<ConnectionSlot> {
    if (this.#closed !== null) throw new StoreError('closed');
    const slot = this.#free.pop();
    if (slot !== undefined) return slot;
    return await new Promise((resolve, reject) => {
      const waiter: Waiter = {
        resolve,
        reject,
        timer: setTimeout(() => {
          this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
          reject(new StoreError('deadline_passed', 'all connections are in use'));
        }, deadlineMs),
      };
      this.#waiters.push(waiter);
    });
  }

  release(slot: ConnectionSlot): void {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      clearTimeout(waiter.timer);
      waiter.resolve(slot);
      return;
    }
    this.#free.push(slot);
    if (this.#free.length === this.#all.length) this.#allFree?.();
  }

  /** Refuses whoever waits, lets running statements finish for at most `timeoutMs`, then hangs up. */
  close(timeoutMs: number): Promise<void> {
    this.#closed ??= this.#close(timeoutMs);
    return this.#closed;
  }

  async #close(timeoutMs: number): Promise<void> {
    for (const waiter of this.#waiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.reject(new StoreError('closed'));
    }
    if (this.#free.length < this.#all.length) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.#allFree = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    await Promise.all(this.#all.map((slot) => slot.close(1_000)));
  }
}
