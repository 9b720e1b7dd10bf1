import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ChosenEngine, createEngine, type EngineSettings } from './create-engine.js';
import { defaultModel, modelsFolder } from './fixtures/default-model.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 300_000 });

let emptyFolder: string;
let settings: EngineSettings;
beforeAll(async () => {
  await defaultModel();
  emptyFolder = await mkdtemp(join(tmpdir(), 'tributary-no-models-'));
  settings = {
    ENGINE: 'auto',
    ENGINE_PROCESSES: 1,
    MODELS_DIR: emptyFolder,
    SHERPA_MODELS: '',
    REMOTE_MODEL: 'whisper-1',
    REMOTE_TIMEOUT_MS: 1_000,
    REMOTE_CONCURRENCY: 3,
    SYNTHETIC_RTF: 0,
    SYNTHETIC_LATENCY_MS: 0,
    SYNTHETIC_CONCURRENCY: 7,
  };
  return async () => await rm(emptyFolder, { recursive: true });
});

let chosen: ChosenEngine | undefined;
afterEach(() => chosen?.engine.close());

describe('createEngine', () => {
  test('auto takes sherpa where it has a model, and says so', async () => {
    const SHERPA_MODELS = 'moonshine-tiny-en';
    chosen = await createEngine({ ...settings, MODELS_DIR: modelsFolder, SHERPA_MODELS });
    expect(chosen.engine).toMatchObject({ name: 'sherpa', concurrency: 1 });
    expect(chosen.choice).toBe(
      `sherpa (moonshine-tiny-en; processes: 1), because it has a model in ${modelsFolder}`,
    );
  });

  test('auto takes pocketsphinx where there is no model, and says why', async () => {
    chosen = await createEngine(settings);
    expect(chosen.engine).toMatchObject({ name: 'pocketsphinx', concurrency: 1 });
    expect(chosen.choice).toBe(
      'pocketsphinx (pocketsphinx-en-us; processes: 1), because sherpa cannot be used: ' +
        `${emptyFolder} holds no model; fetch one with: npm run model -- pull`,
    );
  });

  test('does not start without the recogniser or the model that was asked for', async () => {
    await expect(createEngine({ ...settings, ENGINE: 'sherpa' })).rejects.toThrow('npm run model -- pull');
    const SHERPA_MODELS = 'moonshine-tiny-en, no-such-model';
    await expect(
      createEngine({ ...settings, ENGINE: 'sherpa', MODELS_DIR: modelsFolder, SHERPA_MODELS }),
    ).rejects.toThrow('holds no no-such-model');
  });

  test('makes one process a core unless told otherwise', async () => {
    chosen = await createEngine({ ...settings, ENGINE: 'pocketsphinx', ENGINE_PROCESSES: 0 });
    expect(chosen.engine.concurrency).toBeGreaterThanOrEqual(1);
    expect(chosen.choice).toContain('as ENGINE says');
  });

  test('makes the synthetic engine from its settings', async () => {
    chosen = await createEngine({ ...settings, ENGINE: 'synthetic' });
    expect(chosen.engine).toMatchObject({ name: 'synthetic', concurrency: 7 });
  });

  test('makes the remote engine from its settings, and says which one is missing', async () => {
    await expect(createEngine({ ...settings, ENGINE: 'remote' })).rejects.toThrow('needs FUNASR_ADDR');
    const FUNASR_ADDR = 'ftp://speech';
    await expect(createEngine({ ...settings, ENGINE: 'remote', FUNASR_ADDR })).rejects.toThrow(
      'is not an address',
    );
    chosen = await createEngine({ ...settings, ENGINE: 'remote', FUNASR_ADDR: 'http://me:secret@speech:9' });
    expect(chosen.engine).toMatchObject({ name: 'remote', concurrency: 3 });
    expect(chosen.engine.models).toEqual([
      { name: 'whisper-1', languages: ['*'], streaming: false, hotWords: true },
    ]);
    expect(chosen.choice).not.toContain('secret');
    // A tone is loud and yet nobody speaks.
    const endpointer = chosen.engine.createEndpointer({ endpointingMs: 500, maxSegmentSeconds: 30 });
    endpointer.push(Int16Array.from({ length: 16_000 }, (_, i) => 9_000 * Math.sin(i / 3)));
    expect(endpointer.heard).toBeNull();
  });
});
