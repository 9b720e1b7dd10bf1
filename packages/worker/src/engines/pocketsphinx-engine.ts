import { availableParallelism } from 'node:os';
import type { Endpointer } from '../audio/endpointer.js';
import { EnergyEndpointer } from '../audio/energy-endpointer.js';
import type { Engine, EngineOptions, Recognition, SegmentAudio } from './engine.js';
import { ProcessPool, type ProcessPoolOptions } from './process-pool.js';

export interface PocketsphinxOptions extends EngineOptions {
  /** Child processes, 140 to 200 MB each; 0 is one a core. */
  processes: number;
  onIncident?: ProcessPoolOptions['onIncident'];
}

/** The compiled entry, also when this file runs from its source: the two folders lie equally deep. */
const CHILD = new URL('../../dist/engines/pocketsphinx-child.js', import.meta.url);

/** Debian's pocketsphinx with its US English model, whatever language is asked for. */
export class PocketsphinxEngine implements Engine {
  readonly name = 'pocketsphinx';
  readonly concurrency: number;
  readonly #maxSegmentSeconds: number;
  readonly #pool: ProcessPool;

  constructor({ processes, maxSegmentSeconds, onIncident }: PocketsphinxOptions) {
    this.concurrency = processes === 0 ? availableParallelism() : processes;
    this.#maxSegmentSeconds = maxSegmentSeconds;
    this.#pool = new ProcessPool({
      module: CHILD,
      size: this.concurrency,
      ...(onIncident === undefined ? {} : { onIncident }),
    });
  }

  get busy(): number {
    return this.#pool.busy;
  }

  get waiting(): number {
    return this.#pool.waiting;
  }

  get failed(): number {
    return this.#pool.failed;
  }

  /** Process ids of the living children. */
  get pids(): number[] {
    return this.#pool.pids;
  }

  /** Resolves once a decoder has loaded its model; rejects when none can. */
  ready(): Promise<void> {
    return this.#pool.ready();
  }

  createEndpointer(): Endpointer {
    return new EnergyEndpointer({ endpointingMs: 500, maxSegmentSeconds: this.#maxSegmentSeconds });
  }

  recognise(segment: SegmentAudio): Promise<Recognition> {
    return this.#pool.recognise(segment);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
