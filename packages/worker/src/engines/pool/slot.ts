import type { PooledProcess } from './pooled-process.js';
import type { PooledUtterance } from './pooled-utterance.js';

/** Half a minute, which no child that lives is silent for. */
const PATIENCE_MS = 30_000;
/** An overloaded machine has been seen at twice real time, and a child that was only slow must not cost an attempt. */
const SLOWEST_REAL_TIME_FACTOR = 10;

/** How long a child may be silent while it has so many samples to work on. */
export function generousTimeoutMs(samples: number): number {
  return PATIENCE_MS + (SLOWEST_REAL_TIME_FACTOR * samples) / 16;
}

/** A child's place in the pool, with the utterances it holds. The child is null while its replacement waits to be started. */
export class Slot {
  child: PooledProcess | null = null;
  everReady = false;
  restart: NodeJS.Timeout | undefined;
  readonly held = new Map<number, PooledUtterance>();
  /** Utterances that were answered or taken away, whose seats the child has not freed yet. */
  readonly leaving = new Set<number>();
  readonly #seats: number;

  constructor(seats: number) {
    this.#seats = seats;
  }

  /** True when a further utterance may be given to the child. One that has failed before is alone with its child. */
  get open(): boolean {
    if (this.child?.state !== 'ready' || this.held.size + this.leaving.size >= this.#seats) return false;
    for (const { attempts } of this.held.values()) if (attempts > 0) return false;
    return true;
  }

  get empty(): boolean {
    return this.child?.state === 'ready' && this.held.size + this.leaving.size === 0;
  }

  /** True while the child works on a finished segment. */
  get concluding(): boolean {
    return this.finished > 0;
  }

  /** Finished segments it holds. */
  get finished(): number {
    let count = 0;
    for (const { length } of this.held.values()) if (length !== null) count += 1;
    return count;
  }

  /** True while there is anything to do for an utterance. */
  get busy(): boolean {
    for (const { outstanding } of this.held.values()) if (outstanding) return true;
    return false;
  }

  /** Samples that the child has to work on; those of finished segments count in full. */
  get outstandingSamples(): number {
    let samples = 0;
    for (const { length, sent, heard } of this.held.values()) samples += length ?? sent - heard;
    return samples;
  }
}
