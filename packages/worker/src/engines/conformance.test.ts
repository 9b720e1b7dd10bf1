import { afterEach, describe, test } from 'vitest';
import { engineChecks } from './conformance.js';
import type { Engine } from './engine.js';
import { PocketsphinxEngine } from './pocketsphinx-engine.js';
import { SyntheticEngine } from './synthetic-engine.js';

const engines: Record<string, () => Engine> = {
  pocketsphinx: () => new PocketsphinxEngine({ processes: 2 }),
  synthetic: () => new SyntheticEngine({ realTimeFactor: 0, latencyMs: 0, concurrency: 4 }),
  'synthetic that waits': () => new SyntheticEngine({ realTimeFactor: 0.01, latencyMs: 5, concurrency: 2 }),
};

let engine: Engine | undefined;
afterEach(() => engine?.close());

describe.each(Object.entries(engines))('%s', (_, create) => {
  test.each(engineChecks)(
    '$name',
    async ({ check }) => {
      engine = create();
      await check(engine);
    },
    120_000,
  );
});
