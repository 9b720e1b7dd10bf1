import type { MetricFamily } from '@tributary/testkit';
import { HOW_TO_UPDATE, markdownTable } from './committed-file.js';

/** One metric as the documentation shows it. */
interface DocumentedMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
  /** Which processes have it, joined. */
  readonly roles: string;
}

const SECTIONS: readonly (readonly [roles: string, title: string])[] = [
  ['gateway, router, worker', 'Every process'],
  ['gateway, router', 'Gateway and router: PostgreSQL'],
  ['router, worker', 'Worker and router: shards'],
  ['gateway', 'Gateway'],
  ['worker', 'Worker'],
  ['router', 'Router'],
];

/** Those of prom-client that are worth naming. */
export const NODE_METRICS = [
  'nodejs_eventloop_lag_seconds',
  'nodejs_eventloop_lag_mean_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_gc_duration_seconds',
  'nodejs_heap_size_used_bytes',
  'nodejs_external_memory_bytes',
  'process_cpu_seconds_total',
  'process_max_fds',
  'process_open_fds',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
] as const;

/** The text of docs/metrics.md, from what one process of each role says at `/metrics`. */
export function metricsPage(scrapes: ReadonlyMap<string, readonly MetricFamily[]>): string {
  const metrics = documentedMetrics(scrapes);
  const strange = metrics.find(({ roles }) => !SECTIONS.some(([section]) => section === roles));
  if (strange !== undefined) throw new Error(`${strange.name} has no section: ${strange.roles}`);
  return [
    '# Metrics',
    '',
    `<!-- Generated from what running processes say. To update it: ${HOW_TO_UPDATE} -->`,
    '',
    'Every process serves its metrics in Prometheus’ text format: the gateway at `/metrics` of its own port, worker and',
    'router at `/metrics` of `ADMIN_PORT`. Each series has the label `role` (`gateway`, `worker` or `router`). No label ever',
    'holds a session, a user or anything else that a client chose. Durations are in seconds, sizes in bytes.',
    '',
    '- Histograms of latencies have buckets from 5 ms to 10 s. Counters begin at 0 with each process; where the values of',
    '  a label are a closed set, all of them are there from the start.',
    '- The age of a shard’s oldest unprocessed entry counts what was not read yet as well as what was read and waits. Audio',
    '  of a segment that is still open waits for nobody. It is taken from the times in the ids of entries, by Redis’ clock,',
    '  and costs Redis nothing; while Redis does not answer it grows. A shard that nobody holds has no series: compare',
    '  `sum(tributary_worker_shards)` with `max(tributary_shards)`.',
    '- `tributary_gateway_result_seconds` and `tributary_router_delivery_seconds` begin at a time that Redis wrote and end at',
    '  Redis’ time as this process knows it, from a question that is asked at least once a second: exact to about half of a',
    '  round trip.',
    '',
    ...SECTIONS.flatMap(([roles, title]) =>
      section(
        title,
        metrics.filter((metric) => metric.roles === roles),
      ),
    ),
    '## Node',
    '',
    'Every process has the metrics of prom-client as well, among them:',
    '',
    ...NODE_METRICS.map((name) => `- \`${name}\``),
    '',
    '`process_open_fds` is there on Linux 6.2 and later: counting open files in any other way costs a gateway with 20,000',
    'sockets 17 ms a scrape.',
    '',
  ].join('\n');
}

function section(title: string, metrics: readonly DocumentedMetric[]): string[] {
  const rows = metrics.map(({ name, type, labels, help }) => {
    return [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(', '), help];
  });
  return [`## ${title}`, '', markdownTable(['name', 'type', 'labels', 'meaning'], rows), ''];
}

function documentedMetrics(scrapes: ReadonlyMap<string, readonly MetricFamily[]>): DocumentedMetric[] {
  const found = new Map<string, { family: MetricFamily; labels: Set<string>; roles: string[] }>();
  for (const [role, families] of [...scrapes].sort()) {
    for (const family of families) {
      if (!family.name.startsWith('tributary_')) continue;
      const known = found.get(family.name) ?? { family, labels: new Set(), roles: [] };
      known.roles.push(role);
      for (const { labels } of family.samples) {
        for (const label of Object.keys(labels)) known.labels.add(label);
      }
      found.set(family.name, known);
    }
  }
  return [...found.values()]
    .map(({ family: { name, type, help }, labels, roles }) => {
      const own = [...labels].filter((label) => label !== 'role' && label !== 'le').sort();
      return { name, type, labels: own, help, roles: roles.join(', ') };
    })
    .sort((a, b) => a.name.localeCompare(b.name));
}
