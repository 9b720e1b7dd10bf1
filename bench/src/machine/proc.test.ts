import { expect, it } from 'vitest';
import { parseCommandStats, parseTraffic } from '../bench/redis-commands.js';
import { parseCpuSeconds, parseResidentBytes, usage } from './proc.js';

it('reads CPU time behind a name with brackets and blanks', () => {
  const stat = '7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 150 50 25 25 20 0 11 0 1000 1 1 1';
  expect(parseCpuSeconds(stat)).toBe(2.5);
});

it('reads memory', () => {
  const status = 'Name:\tnode\nVmRSS:\t  2048 kB\nRssAnon:\t  1024 kB\n';
  expect(parseResidentBytes(status)).toBe(2_097_152);
  expect(parseResidentBytes(status, true)).toBe(1_048_576);
});

it('knows this process, and nothing of one that is gone', () => {
  expect(usage(process.pid).residentBytes).toBeGreaterThan(1_000_000);
  expect(usage(2 ** 30)).toEqual({ cpuSeconds: 0, residentBytes: 0 });
});

it('reads what Redis says of its commands', () => {
  const info =
    '# Commandstats\r\ncmdstat_xadd:calls=10,usec=50,usec_per_call=5.00\r\ncmdstat_config|get:calls=1,usec=90,x=1\r\n';
  expect(parseCommandStats(info)).toEqual([
    { name: 'config|get', calls: 1, micros: 90 },
    { name: 'xadd', calls: 10, micros: 50 },
  ]);
});

it('reads what Redis says of its sockets', () => {
  const info =
    '# Stats\r\ntotal_error_replies:1\r\ntotal_reads_processed:12\r\ntotal_writes_processed:34\r\n';
  expect(parseTraffic(info)).toEqual({ reads: 12, writes: 34 });
  expect(parseTraffic('')).toEqual({ reads: 0, writes: 0 });
});
