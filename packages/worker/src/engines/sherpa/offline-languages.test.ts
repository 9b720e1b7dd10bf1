import { type TempFolder, tempFolder } from '@tributary/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { recognise } from '../fixtures/recognise.js';
import { SherpaEngine } from './sherpa-engine.js';
import { play } from './toys/notes.js';
import { spelled, writeToy } from './toys/write-toy.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: TempFolder;
beforeAll(async () => {
  folder = await tempFolder('toys');
});
afterAll(() => folder.remove());

describe.each(['offline-sense-voice', 'offline-whisper'] as const)('a model of the kind %s', (kind) => {
  let engine: SherpaEngine;
  beforeAll(async () => {
    engine = new SherpaEngine({ models: [await writeToy(kind, folder.path)], processes: 1 });
    await engine.ready();
  });
  afterAll(() => engine.close());

  test('hears each session in its own language, in turn and at the same time', async () => {
    const pcm = play([
      [null, 0.3],
      [2, 0.4],
      [null, 0.3],
    ]);
    const asked = [null, 'en-GB', 'zh', 'EN', null, 'de', 'en'];
    const heard = await Promise.all(asked.map((language) => recognise(engine, pcm, { language })));
    // Without a language, and with one that it does not know, the model finds out: this one takes all for Chinese.
    const told = ['zh', 'en', 'zh', 'en', 'zh', 'zh', 'en'];
    expect(heard.map(({ text }) => text)).toEqual(told.map((language) => spelled(kind, [2], language)));
    expect(engine.failed).toBe(0);
  });
});
