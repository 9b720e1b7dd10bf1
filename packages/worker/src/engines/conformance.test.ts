import { TranscriptionServer, tempFolder } from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import { engineChecks } from './conformance.js';
import type { Engine } from './engine.js';
import { defaultModel } from './fixtures/default-model.js';
import { PocketsphinxEngine } from './pocketsphinx-engine.js';
import { RemoteEngine } from './remote/remote-engine.js';
import { SherpaEngine } from './sherpa/sherpa-engine.js';
import { writeToy } from './sherpa/toys/write-toy.js';
import { SyntheticEngine, syntheticText } from './synthetic-engine.js';

const model = await defaultModel();
const toysFolder = await tempFolder('toys');
/** A streaming model takes other ways through the engine than one that hears whole segments. */
const streaming = await writeToy('online-transducer', toysFolder.path);

const engines: Record<string, () => Engine> = {
  sherpa: () => new SherpaEngine({ models: [model], processes: 2 }),
  'sherpa with a streaming model': () => new SherpaEngine({ models: [streaming], processes: 2 }),
  pocketsphinx: () => new PocketsphinxEngine({ processes: 2 }),
  synthetic: () => new SyntheticEngine({ realTimeFactor: 0, latencyMs: 0, concurrency: 4 }),
  remote: () =>
    new RemoteEngine({
      address: server.address,
      model: 'toy',
      apiKey: undefined,
      timeoutMs: 10_000,
      concurrency: 2,
    }),
  'synthetic that waits': () => new SyntheticEngine({ realTimeFactor: 0.01, latencyMs: 5, concurrency: 2 }),
};

let server: TranscriptionServer;
beforeAll(async () => {
  server = await new TranscriptionServer(syntheticText).start();
});
afterAll(async () => {
  await server.stop();
  await toysFolder.remove();
});

describe.each(Object.entries(engines))('%s', (_, create) => {
  let shared: Engine | undefined;
  let own: Engine | undefined;
  afterEach(() => own?.close());
  afterAll(() => shared?.close());

  test.each(engineChecks)(
    '$name',
    async ({ check, closes }) => {
      if (closes) own = create();
      else shared ??= create();
      await check(closes ? own! : shared!);
    },
    120_000,
  );
});
