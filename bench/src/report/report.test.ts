import { expect, it } from 'vitest';
import { latencyOf, type Measurement, type Moment } from '../bench/measurement.js';
import { benchOptions } from '../bench/options.js';
import type { BenchResult } from '../bench/scenario.js';
import { newHistogram, noCounts } from '../load/recorder.js';
import { htmlReport } from './html-report.js';
import { markdownReport } from './markdown-report.js';
import { plots } from './plots.js';

const none = latencyOf(newHistogram());
const histogram = newHistogram();
for (let i = 1; i <= 1_000; i++) histogram.recordValue(i * 1_000);
const some = latencyOf(histogram);

const moment: Moment = {
  atSeconds: 1,
  counts: { ...noCounts(), openSessions: 3 },
  chunksPerSecond: 30,
  ack: some,
  result: none,
  complaints: 0,
  queueAgeSeconds: null,
  processes: { 'gateway-1': { cpu: 0.25, residentBytes: 2 ** 20 } },
};

const measurement: Measurement = {
  seconds: 10,
  windowSeconds: 8,
  windowChunks: 800,
  counts: noCounts(),
  timings: {
    connect: none,
    start: none,
    ack: some,
    result: none,
    final: none,
    send: none,
    word: none,
    pause: none,
  },
  apart: [{ phase: 'warming-up', ack: some, result: none }],
  errors: { internal: 1 },
  complaints: { wrong_text: 1 },
  complaintCount: 1,
  examples: ['s: wrong_text: </script><b>&'],
  moments: [moment, { ...moment, atSeconds: 2 }],
  processes: [],
  bottleneck: null,
};

const result: BenchResult = {
  about: 'A test.',
  measurement,
  checks: [{ what: 'x', wanted: '0', got: '1', ok: false, binding: true }],
  tables: [],
  scenario: 'steady',
  command: 'npm run bench --',
  startedAt: 'now',
  machine: { cpu: 'c', cores: 2, memoryBytes: 1, system: 's', node: 'n', commit: 'abc' },
  floor: null,
  options: benchOptions([], '/', true),
  passed: false,
};

it('percentiles are those of the values', () => {
  expect(some).toMatchObject({ count: 1_000 });
  expect(some.p50).toBeCloseTo(500, -1);
  expect(some.p999).toBeCloseTo(999, -1);
});

it('tells what was wrong and how long things took', () => {
  const text = markdownReport(result);
  expect(text).toContain('# Load test: steady: FAILED');
  expect(text).toMatch(/acknowledgement of a chunk \| 1,000 \| 500 \| 90\d \| 99\d/);
  expect(text).toContain('| wrong_text | 1 |');
});

it('plots what was seen', () => {
  expect(plots(measurement.moments).map(({ title }) => title)).not.toContain('Result latency');
  expect(plots(measurement.moments)[0]?.curves[0]).toEqual({ name: 'sessions', values: [3, 3] });
});

it('is one page that loads nothing and runs nothing that came from outside', async () => {
  const page = await htmlReport(result);
  expect(page).not.toMatch(/(src|href)=/);
  expect(page).toContain('&lt;/script&gt;&lt;b&gt;&amp;');
  expect(page).toContain('uPlot');
});
