import { correctness } from '../bench/checks.js';
import type { Measurement } from '../bench/measurement.js';
import type { Check, Scenario } from '../bench/scenario.js';
import { openTarget, speak } from './speak.js';
import { trend } from './trend.js';

/** Caches fill and the compiler settles: not what a leak looks like. */
const WARM_UP_SHARE = 0.25;
const EVENTS_TTL_MS = 60_000;
const MIB_PER_HOUR = 3_600 / 2 ** 20;

/** Whether the memory of each process of the server grows after its warm-up. */
function memoryChecks({ moments, processes }: Measurement): Check[] {
  const last = moments.at(-1)?.atSeconds ?? 0;
  const settled = moments.filter(({ atSeconds }) => atSeconds > last * WARM_UP_SHARE);
  return processes
    .filter(({ role }) => role !== 'load')
    .map(({ name }) => {
      const found = trend(
        settled.map((moment) => [moment.atSeconds, moment.processes[name]?.residentBytes ?? 0] as const),
      );
      const what = `memory of ${name} does not grow`;
      const wanted = 'a slope that cannot be told from 0';
      if (found === null) return { what, wanted, got: 'the run was too short', ok: false, binding: false };
      const slope = found.slope * MIB_PER_HOUR;
      const uncertainty = found.uncertainty * MIB_PER_HOUR;
      const got = `${slope.toFixed(1)} ± ${uncertainty.toFixed(1)} MiB an hour`;
      return { what, wanted, got, ok: found.slope <= found.uncertainty, binding: false };
    });
}

/** The same for an hour: does anything grow? */
export const soak: Scenario = {
  name: 'soak',
  about: 'an hour of speech: memory of each process must not grow',
  run: async (context) => {
    // What ended sessions leave for late resumers would fill Redis for an hour, and look like a leak.
    const target = await openTarget(context, { env: { EVENTS_TTL_MS: String(EVENTS_TTL_MS) } });
    const measurement = await speak(context, target, {
      connections: 300,
      durationMs: 3_600_000,
      rampMs: 10_000,
    });
    return {
      about:
        'Clients speak for an hour; the slope of memory is taken after the first quarter, with its 95 % interval.',
      measurement,
      checks: [...correctness(measurement), ...memoryChecks(measurement)],
      tables: [],
    };
  },
};
