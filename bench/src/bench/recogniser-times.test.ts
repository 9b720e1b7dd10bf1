import { parseExposition } from '@tributary/testkit';
import { expect, test } from 'vitest';
import { quantile } from './recogniser-times.js';

/** A scrape with the histogram of these values. */
function scraped(values: readonly number[]) {
  const buckets = [0.1, 0.2, 0.4, Number.POSITIVE_INFINITY].map((bound) => {
    const count = values.filter((value) => value <= bound).length;
    return `a_seconds_bucket{le="${Number.isFinite(bound) ? bound : '+Inf'}"} ${count}`;
  });
  const sum = values.reduce((all, value) => all + value, 0);
  const lines = [...buckets, `a_seconds_sum ${sum}`, `a_seconds_count ${values.length}`];
  return parseExposition(['# HELP a_seconds A', '# TYPE a_seconds histogram', ...lines].join('\n'));
}

test('quantiles are those of all workers together', () => {
  const scrapes = [scraped([0.15, 0.15, 0.15]), scraped([0.15, 0.3, 0.3, 0.3, 0.3])];
  expect(quantile(scrapes, 'a_seconds', 0.5)).toBeCloseTo(0.2);
  expect(quantile(scrapes, 'a_seconds', 0.25)).toBeCloseTo(0.15);
  expect(quantile(scrapes, 'a_seconds', 0.75)).toBeCloseTo(0.3);
});

test('nothing is 0, and what is above all bounds is the last of them', () => {
  expect(quantile([scraped([])], 'a_seconds', 0.9)).toBe(0);
  expect(quantile([scraped([0.3])], 'b_seconds', 0.9)).toBe(0);
  expect(quantile([scraped([3, 3])], 'a_seconds', 0.9)).toBe(0.4);
});
