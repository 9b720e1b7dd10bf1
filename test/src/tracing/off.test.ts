import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { builtFile } from '@tributary/testkit';
import { expect, test } from 'vitest';

/** Prints the modules that are loaded once a tracer was made with such an endpoint. */
const PROGRAM = `
  const { createTracer } = await import(process.argv[1]);
  const logger = { warn() {} };
  await createTracer({ endpoint: process.argv[2], headers: '', sampleRatio: 0, role: 'x', instance: 'x', logger });
  const { createRequire } = await import('node:module');
  console.log(Object.keys(createRequire(process.argv[1]).cache).join('\\n'));
`;
const SDK = /@opentelemetry[/+](sdk-trace|exporter-trace-otlp-http|resources)\b/;

async function loadedModules(...endpoint: string[]): Promise<string> {
  const args = ['--input-type=module', '-e', PROGRAM, builtFile('shared', 'index.js'), ...endpoint];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

test('without a receiver nothing of tracing is loaded', async () => {
  const loaded = await loadedModules();
  expect(loaded).toContain('prom-client');
  expect(loaded).not.toMatch(SDK);
  expect(await loadedModules('http://127.0.0.1:1')).toMatch(SDK);
});
