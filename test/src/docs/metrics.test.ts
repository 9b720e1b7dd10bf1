import {
  type Cluster,
  type MetricFamily,
  scrape,
  startCluster,
  sumOf,
  TestSocket,
  waitFor,
} from '@tributary/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noise, slices } from '../speech.js';
import { documentText, expectCommitted } from './committed-file.js';
import { metricsPage, NODE_METRICS } from './metrics-page.js';

const SESSION = 'a-session-named-in-no-label';
const USER = 'a-user-named-in-no-label';
const ROLES = ['gateway', 'router', 'worker'] as const;
const CHUNKS = 30;

let cluster: Cluster;
let scrapes: Map<string, MetricFamily[]>;

beforeAll(async () => {
  cluster = await startCluster({ env: { ENGINE: 'synthetic' } });
  const socket = await TestSocket.open(`${cluster.socketUrl}?uid=${USER}`);
  await socket.start({
    session_id: SESSION,
    user_id: USER,
    format: { encoding: 's16le', sample_rate: 16_000, channels: 1 },
    gap_ms: 0,
  });
  for (const one of slices(noise(3, 1), 3_200)) socket.sendBinary(one);
  socket.sendJson({ action: 'finish', session_id: SESSION });
  await socket.nextOf('final_result');
  await socket.close();
  const scrapeAll = async () => {
    const services = [...cluster.gateways, ...cluster.routers, ...cluster.workers];
    scrapes = new Map(
      await Promise.all(services.map(async ({ role, url }) => [role, await scrape(url)] as const)),
    );
    return (
      total('tributary_gateway_closes_total') === 1 &&
      ROLES.every((role) => sumOf(scrapes.get(role) ?? [], 'tributary_redis_ping_seconds_count') > 0)
    );
  };
  await waitFor(scrapeAll, { timeoutMs: 10_000, everyMs: 100, what: 'a scrape of a session that is over' });
});
afterAll(async () => await cluster?.stop());

function total(name: string, labels: Record<string, string> = {}): number {
  return [...scrapes.values()].reduce((sum, families) => sum + sumOf(families, name, labels), 0);
}

test('docs/metrics.md says which metrics running processes have', () => {
  expectCommitted('docs/metrics.md', metricsPage(scrapes));
});

test.each(ROLES)('a %s has the metrics of Node that the page names', (role) => {
  const names = new Set((scrapes.get(role) ?? []).map(({ name }) => name));
  expect(NODE_METRICS.filter((name) => !names.has(name))).toEqual([]);
  for (const name of NODE_METRICS) expect(documentText('docs/metrics.md')).toContain(name);
});

test('no label holds what a client chose', () => {
  for (const families of scrapes.values()) {
    const text = JSON.stringify(families);
    expect(text).not.toContain(SESSION);
    expect(text).not.toContain(USER);
  }
});

test('names carry base units, and every metric says what it is', () => {
  const families = [...scrapes.values()].flat().filter(({ name }) => name.startsWith('tributary_'));
  for (const { name, type, help } of families) {
    expect(help, name).not.toBe('');
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    expect(name, name).not.toMatch(/(_ms|_milliseconds|_kb|_mb|_percent)(_|$)/);
    if (type === 'histogram') expect(name, name).toMatch(/_(seconds|bytes|rows|factor)$/);
  }
});

test('one session was counted at every stage', () => {
  const segments = total('tributary_worker_segments_total');
  expect(segments).toBe(3);
  expect(total('tributary_gateway_chunks_total')).toBe(CHUNKS);
  expect(total('tributary_gateway_chunk_bytes_total')).toBe(CHUNKS * 3_200);
  expect(total('tributary_gateway_ack_seconds_count')).toBe(CHUNKS);
  expect(total('tributary_gateway_attaches_total', { how: 'start' })).toBe(1);
  expect(total('tributary_gateway_connections_opened_total')).toBe(1);
  expect(total('tributary_gateway_connections')).toBe(0);
  expect(total('tributary_gateway_sessions')).toBe(0);
  expect(total('tributary_gateway_closes_total', { code: '1000' })).toBe(1);
  expect(total('tributary_worker_audio_seconds_total')).toBe(3);
  expect(total('tributary_worker_decode_seconds_count')).toBe(segments);
  expect(total('tributary_worker_real_time_factor_count')).toBe(segments);
  expect(total('tributary_worker_queue_seconds_count')).toBe(segments);
  expect(total('tributary_worker_commit_seconds_count')).toBe(
    total('tributary_worker_commits_total', { outcome: 'ok' }),
  );
  expect(total('tributary_worker_ended_sessions_total', { status: 'completed' })).toBe(1);
  // Three segments and the final result.
  expect(total('tributary_router_events_total')).toBe(segments + 1);
  expect(total('tributary_router_delivery_seconds_count')).toBe(segments + 1);
  expect(total('tributary_gateway_events_total')).toBe(segments + 1);
  // Begin, segments and end.
  expect(total('tributary_router_stored_rows_total')).toBe(segments + 2);
  expect(total('tributary_router_store_batch_rows_sum')).toBe(segments + 2);
});

test('results are timed from their audio to the socket, by one clock', () => {
  const count = total('tributary_gateway_result_seconds_count');
  expect(count + total('tributary_gateway_events_filled_total')).toBeGreaterThanOrEqual(3);
  // Neither negative nor an offset between two clocks: all of it took less than the test's own patience.
  const sum = total('tributary_gateway_result_seconds_sum');
  expect(sum).toBeGreaterThanOrEqual(0);
  expect(sum).toBeLessThan(10 * count);
});

test('every shard has one owner a role', () => {
  for (const role of ['worker', 'router']) {
    expect(total(`tributary_${role}_shards`)).toBe(64);
    expect(total(`tributary_${role}_leases_taken_total`)).toBe(64);
    const families = scrapes.get(role) ?? [];
    const ages = families.find(({ name }) => name === 'tributary_shard_oldest_entry_age_seconds');
    expect(ages?.samples.map(({ labels }) => Number(labels.shard)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 64 }, (_, shard) => shard),
    );
  }
});
