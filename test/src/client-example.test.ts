import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startCluster, WORKSPACE_FOLDER, wavFile } from '@tributary/testkit';
import { expect, it } from 'vitest';
import { noise, textsOf } from './speech.js';

const EXAMPLE = join(WORKSPACE_FOLDER, 'packages/client/examples/stream-wav.mjs');

it('the example of the client package prints what was said, whichever gateway is there', async () => {
  const cluster = await startCluster({ gateways: 2, env: { ENGINE: 'synthetic' } });
  const folder = await mkdtemp(join(tmpdir(), 'tributary-example-'));
  try {
    const pcm = noise(2.5, 1);
    const file = join(folder, 'speech.wav');
    await writeFile(file, wavFile(pcm));
    await cluster.gateways[1]!.stop();
    const urls = cluster.gateways.map(({ socketUrl }) => socketUrl);
    const { stdout } = await promisify(execFile)(process.execPath, [EXAMPLE, file, ...urls]);
    expect(stdout).toContain(`2.5 s of audio: ${textsOf(pcm).join(' ')}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await cluster.stop();
  }
}, 60_000);
