import { correctness, latencyTargets } from '../bench/checks.js';
import { redisCommands } from '../bench/redis-commands.js';
import type { Scenario } from '../bench/scenario.js';
import { capacityTable } from '../scaling/capacity-table.js';
import { openTarget, speak } from './speak.js';
import { wordErrorChecks } from './word-errors.js';

/** Processes that have just started still compile what they do. */
const WARM_UP_MS = 20_000;

/** So many people speak at a time. */
export const steady: Scenario = {
  name: 'steady',
  about: 'so many clients speak in real time',
  run: async (context) => {
    const target = await openTarget(context);
    const measurement = await speak(context, target, {
      connections: 500,
      durationMs: 60_000,
      rampMs: 5_000,
      warmUpMs: WARM_UP_MS,
    });
    return {
      about:
        'Clients begin one after another, warm up what they speak to, and speak until the time is over; then each finishes its session.',
      measurement,
      checks: [...correctness(measurement), ...latencyTargets(measurement), ...wordErrorChecks(measurement)],
      tables: [
        ...(await redisCommands(target.redisUrl, measurement.counts.chunksAcked)),
        ...capacityTable(measurement, context.options.chunkMs),
      ],
    };
  },
};

/** All connect in the same moment, as after a network has come back. */
export const burst: Scenario = {
  name: 'burst',
  about: 'all clients connect at once',
  run: async (context) => {
    const target = await openTarget(context);
    const measurement = await speak(context, target, { connections: 500, durationMs: 30_000, rampMs: 0 });
    return {
      about: 'All clients connect and start a session in the same moment.',
      measurement,
      checks: [...correctness(measurement), ...wordErrorChecks(measurement)],
      tables: await redisCommands(target.redisUrl, measurement.counts.chunksAcked),
    };
  },
};
