import { byEnergy, bySilero, type EndpointerFactory } from '../audio/endpointer-factory.js';
import type { Engine } from './engine.js';
import { PocketsphinxEngine, type PocketsphinxOptions } from './pocketsphinx-engine.js';
import { loadPocketsphinx } from './pocketsphinx-library.js';
import { RemoteEngine, type RemoteOptions } from './remote/remote-engine.js';
import { openModels } from './sherpa/open-models.js';
import { SherpaEngine } from './sherpa/sherpa-engine.js';
import { SyntheticEngine } from './synthetic-engine.js';

/** The worker's settings that choose and shape its recogniser. */
export interface EngineSettings {
  ENGINE: 'auto' | 'pocketsphinx' | 'remote' | 'sherpa' | 'synthetic';
  /** 0 is one a core. */
  ENGINE_PROCESSES: number;
  MODELS_DIR: string;
  SHERPA_MODELS: string;
  /** Needed by `remote`. */
  FUNASR_ADDR?: string | undefined;
  REMOTE_MODEL: string;
  REMOTE_API_KEY?: string | undefined;
  REMOTE_TIMEOUT_MS: number;
  REMOTE_CONCURRENCY: number;
  SYNTHETIC_RTF: number;
  SYNTHETIC_LATENCY_MS: number;
  SYNTHETIC_CONCURRENCY: number;
}

export interface ChosenEngine {
  engine: Engine;
  /** One line for the log: which engine, and why. */
  choice: string;
}

type OnIncident = PocketsphinxOptions['onIncident'];

/**
 * The recogniser that the settings ask for, ready for segments. `auto` is sherpa where it has a model and can load it,
 * else pocketsphinx.
 *
 * @throws Error that says what to install when the recogniser cannot be used.
 */
export async function createEngine(settings: EngineSettings, onIncident?: OnIncident): Promise<ChosenEngine> {
  switch (settings.ENGINE) {
    case 'synthetic':
      return {
        engine: createSynthetic(settings),
        choice: 'synthetic, as ENGINE says: text is a checksum of the audio',
      };
    case 'remote':
      return createRemote(settings, onIncident);
    case 'sherpa':
      return await createSherpa(settings, onIncident, 'as ENGINE says');
    case 'pocketsphinx':
      return await createPocketsphinx(settings, onIncident, 'as ENGINE says');
    case 'auto':
      return await createBest(settings, onIncident);
  }
}

async function createBest(settings: EngineSettings, onIncident: OnIncident): Promise<ChosenEngine> {
  let noSherpa: string;
  try {
    return await createSherpa(settings, onIncident, `because it has a model in ${settings.MODELS_DIR}`);
  } catch (error) {
    noSherpa = reasonOf(error);
  }
  try {
    return await createPocketsphinx(settings, onIncident, `because sherpa cannot be used: ${noSherpa}`);
  } catch (error) {
    throw new Error(`no recogniser can be used: sherpa: ${noSherpa}; ${reasonOf(error)}`, { cause: error });
  }
}

/** What cuts the audio of recognisers of speech, and a remark where it is not the best. */
function chooseEndpointers(): { endpointers: EndpointerFactory; remark: string } {
  try {
    return { endpointers: bySilero(), remark: '' };
  } catch (error) {
    return { endpointers: byEnergy, remark: `; pauses are found by loudness: ${reasonOf(error)}` };
  }
}

function createSynthetic(settings: EngineSettings): Engine {
  return new SyntheticEngine({
    realTimeFactor: settings.SYNTHETIC_RTF,
    latencyMs: settings.SYNTHETIC_LATENCY_MS,
    concurrency: settings.SYNTHETIC_CONCURRENCY,
  });
}

async function createPocketsphinx(
  settings: EngineSettings,
  onIncident: OnIncident,
  why: string,
): Promise<ChosenEngine> {
  // Loading it here as well tells the reason at once instead of after a few failed child processes.
  loadPocketsphinx();
  const { endpointers, remark } = chooseEndpointers();
  const engine = new PocketsphinxEngine({
    processes: settings.ENGINE_PROCESSES,
    endpointers,
    ...(onIncident === undefined ? {} : { onIncident }),
  });
  return { engine: await ready(engine), choice: `${describe(engine)}, ${why}${remark}` };
}

async function createSherpa(
  settings: EngineSettings,
  onIncident: OnIncident,
  why: string,
): Promise<ChosenEngine> {
  const { MODELS_DIR, SHERPA_MODELS, ENGINE_PROCESSES } = settings;
  const [first, ...others] = await openModels(MODELS_DIR, SHERPA_MODELS);
  if (first === undefined) {
    throw new Error(`${MODELS_DIR} holds no model; fetch one with: npm run model -- pull`);
  }
  const { endpointers, remark } = chooseEndpointers();
  const engine = new SherpaEngine({
    models: [first, ...others],
    processes: ENGINE_PROCESSES,
    endpointers,
    ...(onIncident === undefined ? {} : { onIncident }),
  });
  return { engine: await ready(engine), choice: `${describe(engine)}, ${why}${remark}` };
}

async function ready<E extends Engine & { ready(): Promise<void> }>(engine: E): Promise<E> {
  try {
    await engine.ready();
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function describe({ name, models, concurrency }: Engine): string {
  const served = models.map((model) => model.name).join(', ');
  return `${name} (${served}; processes: ${concurrency})`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function createRemote(settings: EngineSettings, onIncident: RemoteOptions['onIncident']): ChosenEngine {
  const { FUNASR_ADDR: address, REMOTE_MODEL: model } = settings;
  if (address === undefined) throw new Error('ENGINE=remote needs FUNASR_ADDR, the address of the server');
  const { endpointers, remark } = chooseEndpointers();
  const engine = new RemoteEngine({
    address,
    model,
    apiKey: settings.REMOTE_API_KEY,
    timeoutMs: settings.REMOTE_TIMEOUT_MS,
    concurrency: settings.REMOTE_CONCURRENCY,
    endpointers,
    ...(onIncident === undefined ? {} : { onIncident }),
  });
  return {
    engine,
    choice: `remote, as ENGINE says: ${model} at FUNASR_ADDR; requests: ${engine.concurrency}${remark}`,
  };
}
