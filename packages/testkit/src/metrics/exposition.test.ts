import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { parseExposition, sumOf } from './exposition.js';

test('reads what prom-client writes', async () => {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'a_total', help: 'A \\ and\na line', labelNames: ['x', 'y'], registers }).inc(
    { x: 'quote " comma, brace }', y: '1' },
    3,
  );
  new Gauge({ name: 'b', help: 'B', registers }).set(Number.NEGATIVE_INFINITY);
  new Histogram({ name: 'c_seconds', help: 'C', buckets: [1], registers }).observe(0.5);
  const families = parseExposition(await registry.metrics());
  expect(families.map(({ name, type, help }) => [name, type, help])).toEqual([
    ['a_total', 'counter', 'A \\ and\na line'],
    ['b', 'gauge', 'B'],
    ['c_seconds', 'histogram', 'C'],
  ]);
  expect(families[0]?.samples).toEqual([
    { name: 'a_total', labels: { x: 'quote " comma, brace }', y: '1' }, value: 3 },
  ]);
  expect(families[1]?.samples[0]?.value).toBe(Number.NEGATIVE_INFINITY);
  expect(families[2]?.samples.map(({ name, labels, value }) => [name, labels.le, value])).toEqual([
    ['c_seconds_bucket', '1', 1],
    ['c_seconds_bucket', '+Inf', 1],
    ['c_seconds_sum', undefined, 0.5],
    ['c_seconds_count', undefined, 1],
  ]);
  expect(sumOf(families, 'a_total', { y: '1' })).toBe(3);
  expect(sumOf(families, 'a_total', { y: '2' })).toBe(0);
});

test('a line that is no part of a scrape is an error', () => {
  expect(() => parseExposition('# HELP a A\n# TYPE a gauge\nnonsense')).toThrow('nonsense');
});
