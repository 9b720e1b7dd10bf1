import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/**/src/**/*.test.ts', 'bench/src/**/*.test.ts', 'test/src/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['packages/testkit/src/vitest/global-setup.ts'],
    pool: 'forks',
    // Nothing in the project is global, so files need no process each: starting those, and loading everything anew, took longer than most tests.
    isolate: false,
    // A file of integration tests runs a cluster of its own: more of them at a time than this only makes them slow.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
  },
});
