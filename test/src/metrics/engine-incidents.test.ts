import { readFile } from 'node:fs/promises';
import { type Cluster, startCluster } from '@tributary/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { read, until } from './talk.js';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ env: { ENGINE: 'pocketsphinx', ENGINE_PROCESSES: '1' } });
});
afterAll(async () => await cluster?.stop());

/** Child processes of a process. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

test('a recogniser process that dies is counted', async () => {
  const worker = cluster.workers[0];
  const url = worker?.url ?? '';
  expect(await read(url, 'tributary_worker_concurrency')).toBe(1);
  expect(await read(url, 'tributary_worker_engine_incidents_total')).toBe(0);
  const children = await childrenOf(worker?.pid ?? 0);
  expect(children.length).toBeGreaterThan(0);
  for (const child of children) process.kill(child, 'SIGKILL');
  await until(url, 'tributary_worker_engine_incidents_total', (incidents) => incidents >= 1);
});
