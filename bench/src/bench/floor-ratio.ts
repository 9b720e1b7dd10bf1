import { type FloorReport, PACED_TITLE } from '../floor/floor-report.js';
import { microsOf } from './checks.js';
import type { Measurement } from './measurement.js';
import type { Check, Table } from './scenario.js';

const MOST_ALL = 1.6;
const MOST_GATEWAY = 1.4;
/** The steps of the floor that a gateway cannot do without. */
const GATEWAY_STEPS = ['socket', 'append-client'];

/** What a chunk cost, beside what it must cost at least, both of this run. */
export function floorRatio(
  measurement: Measurement,
  floor: FloorReport,
  binary: boolean,
): { table: Table; checks: Check[] } {
  const step = (id: string): number => floor.steps.find((s) => s.id === id)?.microsPerChunk ?? 0;
  const json = binary ? 0 : step('json');
  const gatewayFloor = GATEWAY_STEPS.reduce((sum, id) => sum + step(id), json);
  const redisFloor = step('append-redis') + step('read-redis');
  const allFloor = floor.sumMicrosPerChunk + json;
  const { gateway, redis, reader } = floor.paced;
  const all = microsOf(measurement, 'gateway', 'redis', 'worker', 'router');
  const pacedAll = gateway + redis + reader + json;
  const rows = [
    { part: 'gateway', got: microsOf(measurement, 'gateway'), least: gatewayFloor, paced: gateway + json },
    { part: 'Redis', got: microsOf(measurement, 'redis'), least: redisFloor, paced: redis },
    { part: 'worker', got: microsOf(measurement, 'worker'), least: step('read-client'), paced: reader },
    { part: 'router', got: microsOf(measurement, 'router'), least: 0, paced: 0 },
    { part: 'all four', got: all, least: allFloor, paced: pacedAll },
  ];
  const figures = (got: number, least: number): string[] =>
    least === 0 ? ['', ''] : [least.toFixed(1), (got / least).toFixed(2)];
  const table: Table = {
    title: `Cost of a chunk against the floor${binary ? '' : ' (with JSON and base64)'}`,
    head: ['part', 'µs of CPU', 'floor', 'times the floor', `floor ${PACED_TITLE}`, 'times that'],
    rows: [
      ...rows.map(({ part, got, least, paced }) => [
        part,
        got.toFixed(1),
        ...figures(got, least),
        ...figures(got, paced),
      ]),
      ['PostgreSQL, beside', microsOf(measurement, 'postgres').toFixed(1), '', '', '', ''],
    ],
  };
  const check = (what: string, got: number, least: number, most: number): Check => ({
    what,
    wanted: `at most ${most} times the floor`,
    got: `${(got / least).toFixed(2)} times`,
    ok: got / least <= most,
    binding: false,
  });
  return {
    table,
    checks: [
      check('CPU of a chunk: gateway, Redis, worker, router', all, allFloor, MOST_ALL),
      check('CPU of a chunk: gateway', microsOf(measurement, 'gateway'), gatewayFloor, MOST_GATEWAY),
    ],
  };
}
