import { availableParallelism } from 'node:os';
import type { Endpointer, EndpointerOptions } from '../audio/endpointer.js';
import { byEnergy, type EndpointerFactory } from '../audio/endpointer-factory.js';
import type { Engine, ModelInfo } from './engine.js';
import { ProcessPool, type ProcessPoolOptions } from './pool/process-pool.js';
import type { Utterance, UtteranceOptions } from './utterance.js';

export interface PocketsphinxOptions {
  /** Child processes, 140 to 200 MB each; 0 is one a core. */
  processes: number;
  /** How audio is cut; by loudness unless given. */
  endpointers?: EndpointerFactory;
  onIncident?: ProcessPoolOptions['onIncident'];
}

/** The compiled entry, also when this file runs from its source: the two folders lie equally deep. */
const CHILD = new URL('../../dist/engines/pocketsphinx-child.js', import.meta.url);

/** Debian's pocketsphinx with its US English model. */
export class PocketsphinxEngine implements Engine {
  readonly name = 'pocketsphinx';
  readonly models: readonly ModelInfo[] = [
    { name: 'pocketsphinx-en-us', languages: ['en'], streaming: true, hotWords: false },
  ];
  readonly concurrency: number;
  readonly #endpointers: EndpointerFactory;
  readonly #pool: ProcessPool;

  constructor({ processes, endpointers = byEnergy, onIncident }: PocketsphinxOptions) {
    this.concurrency = processes === 0 ? availableParallelism() : processes;
    this.#endpointers = endpointers;
    this.#pool = new ProcessPool({
      module: CHILD,
      size: this.concurrency,
      seats: 1,
      headStart: false,
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

  createEndpointer(options: EndpointerOptions): Endpointer {
    return this.#endpointers(options);
  }

  open(options: UtteranceOptions): Utterance {
    return this.#pool.open(options);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
