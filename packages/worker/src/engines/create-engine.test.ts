import { afterEach, describe, expect, test } from 'vitest';
import { type ChosenEngine, createEngine, type EngineSettings } from './create-engine.js';

const settings: EngineSettings = {
  ENGINE: 'auto',
  ENGINE_PROCESSES: 1,
  REMOTE_MODEL: 'whisper-1',
  REMOTE_TIMEOUT_MS: 1_000,
  REMOTE_CONCURRENCY: 3,
  SYNTHETIC_RTF: 0,
  SYNTHETIC_LATENCY_MS: 0,
  SYNTHETIC_CONCURRENCY: 7,
};

let chosen: ChosenEngine | undefined;
afterEach(() => chosen?.engine.close());

describe('createEngine', () => {
  test('auto takes pocketsphinx where it is installed, and says so', async () => {
    chosen = await createEngine(settings);
    expect(chosen.engine).toMatchObject({ name: 'pocketsphinx', concurrency: 1 });
    expect(chosen.choice).toBe('pocketsphinx, its library and English model are installed; processes: 1');
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
    expect(chosen.engine.models).toEqual([{ name: 'whisper-1', languages: ['*'], streaming: false }]);
    expect(chosen.choice).not.toContain('secret');
  });
});
