import { correctness, latencyTargets, target } from '../bench/checks.js';
import type { Measurement } from '../bench/measurement.js';
import { redisCommands } from '../bench/redis-commands.js';
import type { Check, Scenario } from '../bench/scenario.js';
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
      mode: real ? 'medium' : 'short',
      interim: true,
    });
    return {
      about: 'A few clients speak; the machine has time for each of them.',
      measurement,
      checks: [
        ...correctness(measurement),
        ...(real ? readingAlong(measurement) : latencyTargets(measurement)),
        ...wordErrorChecks(measurement),
      ],
      tables: await redisCommands(target.redisUrl, measurement.counts.chunksAcked),
    };
  },
};

/** What a person who reads along waits for. */
function readingAlong({ timings, counts }: Measurement): Check[] {
  const { ack, word, pause } = timings;
  const interim =
    counts.interims === 0
      ? [told('interim text', 'none')]
      : [
          target("a word's first interim text, after the chunk that carries it, median", word.p50, 300, 'ms'),
          told('the same, of nine words in ten', `${word.p90.toFixed(0)} ms`),
        ];
  return [
    target('acknowledgement p99', ack.p99, 25, 'ms'),
    ...interim,
    target('result, after the end of speech and the pause, median', pause.p50, 300, 'ms'),
    target('the same, of nine segments in ten', pause.p90, 300, 'ms'),
  ];
}

function told(what: string, got: string): Check {
  return { what, wanted: 'told', got, ok: true, binding: false };
}
