import { correctness, latencyTargets } from '../bench/checks.js';
import { recogniserTimes } from '../bench/recogniser-times.js';
import { redisCommands } from '../bench/redis-commands.js';
import type { Scenario } from '../bench/scenario.js';
import { readingAlong } from './reading-along.js';
import { openTarget, speak } from './speak.js';
import { wordErrorChecks } from './word-errors.js';

/** As many as leave a machine of two cores time for each of them, whatever recognises. */
const CONNECTIONS = { synthetic: 20, real: 2 };

/** Few clients: how fast a result can be when nobody is in its way. */
export const latency: Scenario = {
  name: 'latency',
  about: 'few clients: what one of them waits for',
  run: async (context) => {
    const real = context.options.engine !== 'synthetic';
    const target = await openTarget(context);
    const measurement = await speak(context, target, {
      connections: real ? CONNECTIONS.real : CONNECTIONS.synthetic,
      durationMs: 30_000,
      rampMs: 2_000,
      warmUpMs: 5_000,
      mode: real ? 'medium' : 'short',
      interim: true,
    });
    const own = target.cluster === null ? null : await recogniserTimes(target.cluster.workers);
    return {
      about: 'A few clients speak; the machine has time for each of them.',
      measurement,
      checks: [
        ...correctness(measurement),
        ...(real ? readingAlong(measurement, own) : latencyTargets(measurement)),
        ...wordErrorChecks(measurement),
      ],
      tables: await redisCommands(target.redisUrl, measurement.counts.chunksAcked),
    };
  },
};
