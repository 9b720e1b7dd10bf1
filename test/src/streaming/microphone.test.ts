import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  type Cluster,
  readClips,
  startCluster,
  testdataFile,
  WORKSPACE_FOLDER,
  waitFor,
} from '@tributary/testkit';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';

const CLIP = 'sense_and_sensibility_01_austen_64kb-0880.wav';
const EXAMPLE = join(WORKSPACE_FOLDER, 'packages/client/examples/microphone.mjs');

let cluster: Cluster;
let browser: Browser;
beforeAll(async () => {
  cluster = await startCluster({ env: { ENGINE: 'auto', ENGINE_PROCESSES: '1' } });
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      // Tests may run as root, where Chromium's own sandbox cannot be.
      '--no-sandbox',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${testdataFile(`librivox/${CLIP}`)}%noloop`,
    ],
  });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await cluster?.stop();
});

/** The example's server. */
async function servePage(): Promise<{ url: string; stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [EXAMPLE, cluster.socketUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0' },
  });
  const exited = once(child, 'exit');
  const [line] = (await Promise.race([once(child.stdout, 'data'), exited])) as [unknown];
  const url = /http:\/\/[\d.:]+/.exec(String(line))?.[0];
  if (url === undefined) throw new Error(`no address in what the example printed: ${String(line)}`);
  return {
    url,
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}

it('who speaks into a browser reads along', { timeout: 90_000 }, async () => {
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  const server = await servePage();
  const textOf = async (id: string): Promise<string> => ((await page.textContent(`#${id}`)) ?? '').trim();
  try {
    await page.goto(server.url);
    await page.click('#speak');
    await waitFor(async () => (await textOf('interim')) !== '', { what: 'interim text', timeoutMs: 20_000 });
    await waitFor(async () => (await textOf('text')) !== '', { what: 'a final text', timeoutMs: 20_000 });
    await page.click('#speak');
    await waitFor(async () => (await textOf('state')).includes('of audio'), {
      what: 'the end',
      timeoutMs: 20_000,
    });
    const said = (await readClips()).find(({ name }) => name === CLIP)!.reference.split(' ');
    const heard = (await textOf('text')).toLowerCase().split(/\W+/);
    expect(said.filter((word) => heard.includes(word)).length).toBeGreaterThan(said.length / 2);
    expect(await textOf('interim')).toBe('');
    expect(Number.parseFloat(await textOf('state'))).toBeGreaterThan(2);
    expect(errors).toEqual([]);
  } finally {
    await page.close();
    await server.stop();
  }
});
