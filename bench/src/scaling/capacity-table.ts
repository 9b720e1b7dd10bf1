import { microsOf } from '../bench/checks.js';
import type { Measurement } from '../bench/measurement.js';
import type { Table } from '../bench/scenario.js';
import { type CapacityInput, capacity } from './capacity.js';

const SIZES = [1_000, 100_000, 1_000_000];
/** Planned use of a core: the rest is for peaks, for the failure of a neighbour and for upgrades. */
export const UTILISATION = 0.6;
/** A core for an hour, with its share of memory, at a list price for rented machines; recognisers cost theirs beside. */
export const DOLLARS_PER_CORE_HOUR = 0.04;

/** What this run's costs would take at larger sizes, without recognition. Nothing of what was not measured. */
export function capacityTable(measurement: Measurement, chunkMs: number): Table[] {
  if (measurement.windowChunks === 0 || microsOf(measurement, 'gateway') === 0) return [];
  const input: CapacityInput = {
    gatewayMicros: microsOf(measurement, 'gateway'),
    routerMicros: microsOf(measurement, 'router'),
    workerMicros: microsOf(measurement, 'worker'),
    redisMicros: microsOf(measurement, 'redis'),
    postgresMicros: microsOf(measurement, 'postgres'),
    recogniserCores: 0,
    chunkMs,
    utilisation: UTILISATION,
    dollarsPerCoreHour: DOLLARS_PER_CORE_HOUR,
  };
  return [
    {
      title: `What these costs would take, without recognition, with cores used to ${UTILISATION * 100} %`,
      head: [
        'streams',
        'chunks/s',
        'gateways',
        'workers',
        'routers',
        'Redis nodes',
        'PostgreSQL cores',
        'cores for 1,000',
        '$ an hour for 1,000',
        'SHARDS',
        'first at its end',
      ],
      rows: SIZES.map((streams) => {
        const it = capacity(streams, input);
        return [
          streams.toLocaleString('en-US'),
          it.chunksPerSecond.toLocaleString('en-US'),
          `${it.gateways}`,
          `${it.workers}`,
          `${it.routers}`,
          `${it.redisNodes}`,
          `${it.postgresCores}`,
          it.coresPerThousand.toFixed(2),
          it.dollarsPerThousandHours.toFixed(3),
          `${it.shards}`,
          it.first,
        ];
      }),
    },
  ];
}
