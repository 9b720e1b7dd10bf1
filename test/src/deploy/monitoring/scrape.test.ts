import {
  type Cluster,
  parseExposition,
  startCluster,
  startPrometheus,
  type TestPrometheus,
  TestSocket,
  waitFor,
} from '@tributary/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Autoscaler, ofKind, overlay, type ScaledObject } from '../kubernetes/objects.js';
import { adapterMetrics } from './adapter.js';
import { metricNames } from './metric-names.js';
import { dashboards, RULE_FILES, rules } from './rule-files.js';

const SESSIONS = 6;
const CHUNK = Buffer.alloc(3_200);
const CHUNK_MS = 100;

let cluster: Cluster;
let prometheus: TestPrometheus;
let speaking: NodeJS.Timeout;
const sockets: TestSocket[] = [];

beforeAll(async () => {
  cluster = await startCluster({ gateways: 2, routers: 1, workers: 2, env: { ENGINE: 'synthetic' } });
  prometheus = await startPrometheus({ intervalMs: 500, ruleFiles: RULE_FILES });
  const services = [...cluster.gateways, ...cluster.routers, ...cluster.workers];
  await prometheus.setTargets(
    services.map(({ name, url }) => ({ url, labels: { namespace: 'speech', pod: name } })),
  );
  for (let n = 0; n < SESSIONS; n++) {
    const socket = await TestSocket.open(cluster.gateways[n % 2]!.socketUrl);
    sockets.push(socket);
    await socket.start({ format: { encoding: 's16le', sample_rate: 16_000, channels: 1 } });
  }
  speaking = setInterval(() => {
    for (const socket of sockets) socket.sendBinary(CHUNK);
    // The gateways ask PostgreSQL only for the REST API.
    fetch(`${cluster.url}/api/v1/stats`).catch(() => undefined);
  }, CHUNK_MS);
});

afterAll(async () => {
  clearInterval(speaking);
  for (const socket of sockets) socket.terminate();
  await prometheus?.stop();
  await cluster?.stop();
});

test('reading expressions finds the names of metrics and nothing else', () => {
  expect(
    metricNames(
      'histogram_quantile(0.99, sum by (le, pod) (rate(a_seconds_bucket{x="sum(b)"}[5m]))) > 2 and on (c) d:e:max or 0 * f',
    ),
  ).toEqual(['a_seconds', 'd:e:max', 'f']);
});

describe('what is named exists in the processes', () => {
  const recorded = rules().flatMap(({ record }) => (record === undefined ? [] : [record]));
  let scraped: Set<string>;
  beforeAll(async () => {
    const services = [cluster.gateways[0]!, cluster.routers[0]!, cluster.workers[0]!];
    const texts = await Promise.all(
      services.map(async ({ url }) => await (await fetch(`${url}/metrics`)).text()),
    );
    scraped = new Set(texts.flatMap((text) => parseExposition(text).map(({ name }) => name)));
  });

  test.each(rules().map((rule) => [rule.record ?? rule.alert ?? '', rule.expr]))('by %s', (_, expression) => {
    const names = metricNames(expression);
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !scraped.has(name) && !recorded.includes(name))).toEqual([]);
  });

  test.each(dashboards())('by dashboard "$title"', ({ panels }) => {
    const names = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => metricNames(expr)));
    expect(names.filter((name) => !scraped.has(name) && !recorded.includes(name))).toEqual([]);
  });

  test('by autoscalers, through the rules of prometheus-adapter', async () => {
    const made = adapterMetrics(recorded);
    for (const { metadata, spec } of ofKind<Autoscaler>(await overlay('prod'), 'HorizontalPodAutoscaler'))
      for (const { pods, external } of spec.metrics)
        if (pods !== undefined) expect(made.pods, metadata.name).toContain(pods.metric.name);
        else expect(made.external, metadata.name).toContain(external?.metric.name);
  });

  test('by KEDA', async () => {
    const scaled = ofKind<ScaledObject>(await overlay('prod-keda'), 'ScaledObject');
    const queries = scaled.flatMap(({ spec }) => spec.triggers.map(({ metadata }) => metadata.query));
    expect(queries).toHaveLength(5);
    for (const query of queries) expect(recorded).toContain(query.replace(/\{.*/, ''));
  });
});

/** As Grafana would ask it. */
function filledIn(expression: string): string {
  return expression.replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '5s');
}

test.each(recordedRules())('a Prometheus that scrapes a cluster under load records %s', async (record) => {
  await waitFor(async () => (await prometheus.query(record)).some(({ value }) => !Number.isNaN(value)), {
    timeoutMs: 15_000,
    what: record,
  });
});

const panels = dashboards().flatMap(({ title, panels: list }) =>
  list.map((panel) => ({ dashboard: title, ...panel })),
);

test.each(panels)('$dashboard: $title', async ({ title, targets }) => {
  expect(title).toMatch(/\?$/);
  for (const { expr } of targets)
    await waitFor(
      async () => (await prometheus.query(filledIn(expr))).some(({ value }) => !Number.isNaN(value)),
      { timeoutMs: 15_000, what: `something to show for ${expr}` },
    );
});

function recordedRules(): string[] {
  return rules().flatMap(({ record }) => (record === undefined ? [] : [record]));
}
