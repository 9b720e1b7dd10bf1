import { formatText, type Word } from '@tributary/shared';
import { z } from 'zod';
import { type Recognition, SAMPLE_RATE_HZ } from '../engine.js';

const spoken = z.object({
  word: z.string(),
  start: z.number(),
  end: z.number(),
  probability: z.number().optional(),
});

/**
 * The answer of `/v1/audio/transcriptions`, as `json` or `verbose_json`. Servers differ in where they put words:
 * beside the text or in each segment.
 */
const answer = z.object({
  text: z.string(),
  words: z.array(spoken).nullish(),
  segments: z
    .array(z.object({ avg_logprob: z.number().nullish(), words: z.array(spoken).nullish() }))
    .nullish(),
});

/**
 * What the server heard in `samples` samples; null when the body is no answer of such a server.
 */
export function parseTranscription(
  body: string,
  { samples, language, words }: { samples: number; language: string | null; words: boolean },
): Omit<Recognition, 'decodeMs'> | null {
  const parsed = answer.safeParse(asJson(body));
  if (!parsed.success) return null;
  const { text, segments } = parsed.data;
  const style = { language };
  const heard = parsed.data.words ?? segments?.flatMap((segment) => segment.words ?? []) ?? [];
  const confidence = meanProbability((segments ?? []).map((segment) => segment.avg_logprob));
  return {
    text: formatText(text, style),
    ...(confidence === undefined ? {} : { confidence }),
    ...(words ? { words: heard.map((word) => asWord(word, samples / SAMPLE_RATE_HZ, style)) } : {}),
  };
}

function asJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** Times of a word, within the segment and in order, whatever the server says. */
function asWord(
  { word, start, end, probability }: z.infer<typeof spoken>,
  seconds: number,
  style: { language: string | null },
): Word {
  const from = within(start, 0, seconds);
  return {
    word: formatText(word, style),
    start: from,
    end: within(end, from, seconds),
    ...(probability === undefined ? {} : { confidence: within(probability, 0, 1) }),
  };
}

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** Servers give the mean logarithm of the probability of a segment's tokens. */
function meanProbability(logprobs: readonly (number | null | undefined)[]): number | undefined {
  const known = logprobs.filter((each) => typeof each === 'number');
  if (known.length === 0) return undefined;
  const mean = Math.exp(known.reduce((sum, each) => sum + each, 0) / known.length);
  return Math.round(within(mean, 0, 1) * 10_000) / 10_000;
}
