import type { Engine } from './engine.js';
import { PocketsphinxEngine, type PocketsphinxOptions } from './pocketsphinx-engine.js';
import { loadPocketsphinx } from './pocketsphinx-library.js';
import { RemoteEngine, type RemoteOptions } from './remote/remote-engine.js';
import { SyntheticEngine } from './synthetic-engine.js';

/** The worker's settings that choose and shape its recogniser. */
export interface EngineSettings {
  ENGINE: 'auto' | 'pocketsphinx' | 'remote' | 'synthetic';
  /** 0 is one a core. */
  ENGINE_PROCESSES: number;
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

/**
 * The recogniser that the settings ask for, ready for segments.
 *
 * @throws Error that says what to install when the recogniser cannot be used.
 */
export async function createEngine(
  settings: EngineSettings,
  onIncident?: PocketsphinxOptions['onIncident'],
): Promise<ChosenEngine> {
  if (settings.ENGINE === 'synthetic') {
    const engine = new SyntheticEngine({
      realTimeFactor: settings.SYNTHETIC_RTF,
      latencyMs: settings.SYNTHETIC_LATENCY_MS,
      concurrency: settings.SYNTHETIC_CONCURRENCY,
    });
    return { engine, choice: 'synthetic, as ENGINE says: text is a checksum of the audio' };
  }
  if (settings.ENGINE === 'remote') return remote(settings, onIncident);
  // Loading it here as well tells the reason at once instead of after a few failed child processes.
  loadPocketsphinx();
  const engine = new PocketsphinxEngine({
    processes: settings.ENGINE_PROCESSES,
    ...(onIncident === undefined ? {} : { onIncident }),
  });
  try {
    await engine.ready();
  } catch (error) {
    await engine.close();
    throw error;
  }
  const why = settings.ENGINE === 'auto' ? 'its library and English model are installed' : 'as ENGINE says';
  return { engine, choice: `pocketsphinx, ${why}; processes: ${engine.concurrency}` };
}

function remote(settings: EngineSettings, onIncident: RemoteOptions['onIncident']): ChosenEngine {
  const { FUNASR_ADDR: address, REMOTE_MODEL: model } = settings;
  if (address === undefined) throw new Error('ENGINE=remote needs FUNASR_ADDR, the address of the server');
  const engine = new RemoteEngine({
    address,
    model,
    apiKey: settings.REMOTE_API_KEY,
    timeoutMs: settings.REMOTE_TIMEOUT_MS,
    concurrency: settings.REMOTE_CONCURRENCY,
    ...(onIncident === undefined ? {} : { onIncident }),
  });
  return {
    engine,
    choice: `remote, as ENGINE says: ${model} at FUNASR_ADDR; requests: ${engine.concurrency}`,
  };
}
