import { availableParallelism } from 'node:os';
import type { Endpointer, EndpointerOptions } from '../../audio/endpointer.js';
import { byEnergy, type EndpointerFactory } from '../../audio/endpointer-factory.js';
import { type InstalledModel, isStreaming } from '../../models/manifest.js';
import type { Engine, ModelInfo } from '../engine.js';
import { ProcessPool, type ProcessPoolOptions } from '../pool/process-pool.js';
import type { Utterance, UtteranceOptions } from '../utterance.js';
import { type ChildModel, takesHotWords } from './sherpa-config.js';

export interface SherpaOptions {
  /** At least one; the first serves sessions that ask for nothing in particular. */
  models: readonly [InstalledModel, ...InstalledModel[]];
  /** Child processes for each model; 0 is one a core. */
  processes: number;
  /** How audio is cut; by loudness unless given. */
  endpointers?: EndpointerFactory;
  onIncident?: ProcessPoolOptions['onIncident'];
}

/** The compiled entry, also when this file runs from its source: the two folders lie equally deep. */
const CHILD = new URL('../../../dist/engines/sherpa/sherpa-child.js', import.meta.url);

/** Utterances that a child holds at a time. Each costs its samples, and in streaming models the network's state. */
const SEATS = 64;

/** sherpa-onnx in child processes, a pool of them for each model. */
export class SherpaEngine implements Engine {
  readonly name = 'sherpa';
  readonly models: readonly ModelInfo[];
  readonly concurrency: number;
  readonly #models: readonly InstalledModel[];
  readonly #endpointers: EndpointerFactory;
  readonly #pools: readonly ProcessPool[];

  constructor({ models, processes, endpointers = byEnergy, onIncident }: SherpaOptions) {
    const size = processes === 0 ? availableParallelism() : processes;
    this.concurrency = size * models.length;
    this.#models = models;
    this.#endpointers = endpointers;
    this.models = models.map((model) => ({
      name: model.name,
      languages: model.languages,
      streaming: isStreaming(model),
      hotWords: takesHotWords(model),
    }));
    this.#pools = models.map(
      (model) =>
        new ProcessPool({
          module: CHILD,
          args: [JSON.stringify(childModel(model))],
          size,
          seats: SEATS,
          headStart: isStreaming(model),
          ...(onIncident === undefined ? {} : { onIncident }),
        }),
    );
  }

  get busy(): number {
    return this.#sum((pool) => pool.busy);
  }

  get waiting(): number {
    return this.#sum((pool) => pool.waiting);
  }

  get failed(): number {
    return this.#sum((pool) => pool.failed);
  }

  /** Process ids of the living children. */
  get pids(): number[] {
    return this.#pools.flatMap((pool) => pool.pids);
  }

  /** Resolves once each model was loaded by a child; rejects when one cannot be. */
  async ready(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.ready()));
  }

  createEndpointer({ endpointingMs, maxSegmentSeconds }: EndpointerOptions): Endpointer {
    const limits = this.#models.flatMap((model) => model.maxSegmentSeconds ?? []);
    return this.#endpointers({
      endpointingMs,
      maxSegmentSeconds: Math.min(maxSegmentSeconds, ...limits),
    });
  }

  open(options: UtteranceOptions): Utterance {
    const at = chooseModel(this.models, options);
    return this.#pools[at]!.open(options);
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.close()));
  }

  #sum(of: (pool: ProcessPool) => number): number {
    return this.#pools.reduce((sum, pool) => sum + of(pool), 0);
  }
}

/** Index of the model that was asked for by name, else of the first that knows the language, else of the first. */
export function chooseModel(
  models: readonly ModelInfo[],
  { model, language }: Pick<UtteranceOptions, 'model' | 'language'>,
): number {
  const named = models.findIndex(({ name }) => name === model);
  if (named >= 0) return named;
  if (language === null) return 0;
  const primary = language.toLowerCase().split('-')[0] ?? '';
  const knowing = models.findIndex(({ languages }) => languages.includes('*') || languages.includes(primary));
  return Math.max(0, knowing);
}

function childModel({
  kind,
  languages,
  paths,
  hotWords,
  upperCase,
  maxSegmentSeconds,
}: InstalledModel): ChildModel {
  return {
    kind,
    languages,
    paths,
    ...(hotWords === undefined ? {} : { hotWords }),
    ...(upperCase === undefined ? {} : { upperCase }),
    ...(maxSegmentSeconds === undefined ? {} : { maxSegmentSeconds }),
  };
}
