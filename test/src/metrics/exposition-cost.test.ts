import { type Cluster, scrape, startCluster, sumOf } from '@tributary/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RawClient } from '../raw-client.js';

const SOCKETS = 4_000;
const AT_ONCE = 200;
const SCRAPES = 40;
/** What one scrape may cost a gateway with 20,000 connections. */
const LIMIT_MS = 5;

let cluster: Cluster;
const clients: RawClient[] = [];

beforeAll(async () => {
  cluster = await startCluster({ workers: 0, routers: 0, env: { ENGINE: 'synthetic' } });
});
afterAll(async () => {
  for (const { tcp } of clients) tcp.destroy();
  await cluster?.stop();
});

/** CPU time of the gateway for one scrape, ms: it does next to nothing else. Wall time would tell of its neighbours. */
async function scrapeCost(): Promise<number> {
  const { url } = cluster;
  const cpuSeconds = async (): Promise<number> => sumOf(await scrape(url), 'process_cpu_seconds_total');
  for (let i = 0; i < SCRAPES; i++) await scrape(url);
  const before = await cpuSeconds();
  for (let i = 0; i < SCRAPES; i++) await scrape(url);
  return (((await cpuSeconds()) - before) * 1_000) / (SCRAPES + 1);
}

test('a scrape costs a gateway little, and no more with many connections than with none', async () => {
  const none = await scrapeCost();
  for (let at = 0; at < SOCKETS; at += AT_ONCE) {
    const opened = await Promise.all(
      Array.from({ length: AT_ONCE }, () => RawClient.open(cluster.socketUrl)),
    );
    clients.push(...opened);
  }
  expect(sumOf(await scrape(cluster.url), 'tributary_gateway_connections')).toBe(SOCKETS);
  expect(sumOf(await scrape(cluster.url), 'process_open_fds')).toBeGreaterThan(SOCKETS);
  const many = await scrapeCost();
  const atTwentyThousand = none + (Math.max(0, many - none) * 20_000) / SOCKETS;
  console.info(`a scrape costs ${none.toFixed(2)} ms, with ${SOCKETS} connections ${many.toFixed(2)} ms`);
  expect(many).toBeLessThan(LIMIT_MS);
  expect(atTwentyThousand - none).toBeLessThan(LIMIT_MS);
});
