import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, those that compute among those that wait. */
const LONG = [
  'test/src/streaming/interim.test.ts',
  'test/src/takeover/broken-answers.test.ts',
  'packages/worker/src/session/speech-session.takeover.test.ts',
  'test/src/chaos/chaos.test.ts',
  'packages/worker/src/engines/pocketsphinx-engine.test.ts',
  'test/src/redis-topologies/sentinel.test.ts',
  'packages/worker/src/audio/coded-decoder.test.ts',
  'test/src/deploy/images/dockerfile.test.ts',
  'test/src/containers.test.ts',
  'packages/testkit/src/launcher/launcher.test.ts',
  'packages/worker/src/engines/sherpa/sherpa-engine.test.ts',
  'test/src/takeover/restored-redis.test.ts',
  'test/src/audio-formats.test.ts',
  'test/src/streaming/microphone.test.ts',
  'test/src/takeover/silence.test.ts',
  'test/src/redis-topologies/cluster.test.ts',
];

/** Begins with the files that take longest, so that none of them is left at the end, alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`/${name}`));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['packages/**/src/**/*.test.ts', 'bench/src/**/*.test.ts', 'test/src/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['packages/testkit/src/vitest/global-setup.ts'],
    pool: 'forks',
    // Nothing in the project is global, so files need no process each: starting those, and loading everything anew, took longer than most tests.
    isolate: false,
    // A file of integration tests runs a cluster of its own: more of them at a time than this make some results late.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
