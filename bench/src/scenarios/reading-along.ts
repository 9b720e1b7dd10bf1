import { target } from '../bench/checks.js';
import type { Measurement } from '../bench/measurement.js';
import type { RecogniserTimes } from '../bench/recogniser-times.js';
import type { Check } from '../bench/scenario.js';

/** What the way to the recogniser and back may add to an interim text; and a result to the pause that ends its segment. */
const MOST_MS = 300;

/**
 * What a person who reads along waits for. A recogniser's own delay is told apart, where it is known: interim text may
 * take as much longer.
 *
 * @param own null of a server that is not ours
 */
export function readingAlong({ timings, counts }: Measurement, own: RecogniserTimes | null): Check[] {
  const { ack, pause } = timings;
  return [
    target('acknowledgement p99', ack.p99, 25, 'ms'),
    ...(counts.interims === 0 ? [told('interim text', 'none')] : interimChecks(timings.word, own)),
    ...(own === null
      ? []
      : [told('the recogniser itself: decoding left to do when a segment is cut', quantiles(own.decode))]),
    target('result, after the end of speech and the pause, median', pause.p50, MOST_MS, 'ms'),
    target('the same, of nine segments in ten', pause.p90, MOST_MS, 'ms'),
  ];
}

function interimChecks(word: Measurement['timings']['word'], own: RecogniserTimes | null): Check[] {
  const what = "a word's first interim text, after the chunk that carries it";
  if (own === null) {
    return [
      target(`${what}, median`, word.p50, MOST_MS, 'ms'),
      told('the same, of nine words in ten', `${word.p90.toFixed(0)} ms`),
    ];
  }
  const { interim, interimDecode } = own;
  return [
    told('the recogniser itself: from audio to interim text', quantiles(interim)),
    told('the same, decoding alone', quantiles(interimDecode)),
    target(`${what}, median: ${MOST_MS} ms and the recogniser's own`, word.p50, MOST_MS + interim.p50, 'ms'),
    target("the same, of nine words in ten, and the recogniser's own", word.p90, MOST_MS + interim.p90, 'ms'),
  ];
}

function quantiles({ p50, p90 }: { p50: number; p90: number }): string {
  return `median ${p50.toFixed(0)} ms, 9 of 10 ${p90.toFixed(0)} ms`;
}

function told(what: string, got: string): Check {
  return { what, wanted: 'told', got, ok: true, binding: false };
}
