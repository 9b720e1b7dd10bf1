import type { Word } from '@tributary/shared';
import type { SherpaResult } from 'sherpa-onnx-node';

/** How long a token is taken to be when nothing says where it ends. */
const TOKEN_SECONDS = 0.2;
/** A token that stands alone: a character of a script without spaces. */
const ALONE = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
/** How sub-word tokens mark the beginning of a word, and (Paraformer) that the word goes on. */
const BEGINS = /^[ \u2581]/;
const GOES_ON = /@@$/;
const SAYS = /[\p{L}\p{N}]/u;
const MARK = /^<.*>$/;
/** A probability with four digits, times with three. */
const PROBABILITY_DIGITS = 10_000;
const TIME_DIGITS = 1_000;

/**
 * Words with times from a recogniser's tokens; nothing when it gave no times. A word ends where its last token ends
 * or the next word begins, and no later than `endSeconds`.
 */
export function wordsOfTokens(result: SherpaResult, endSeconds: number): Word[] | undefined {
  const { tokens = [], timestamps = [], durations = [] } = result;
  if (tokens.length === 0 || timestamps.length !== tokens.length) return undefined;
  const logs = result.ys_log_probs ?? result.ys_probs ?? [];
  const words: { text: string; start: number; end: number; logs: number[] }[] = [];
  let goesOn = false;
  for (const [i, token] of tokens.entries()) {
    if (MARK.test(token.trim())) continue;
    const text = token.replace(BEGINS, '').replace(GOES_ON, '');
    const start = timestamps[i]!;
    const end = start + (durations[i] ?? TOKEN_SECONDS);
    const last = words.at(-1);
    if (last === undefined || (!goesOn && beginsWord(token, last.text))) {
      words.push({ text, start, end, logs: [] });
    } else {
      last.text += text;
      last.end = end;
    }
    if (logs.length === tokens.length) words.at(-1)!.logs.push(logs[i]!);
    goesOn = GOES_ON.test(token);
  }
  return words
    .filter(({ text }) => text !== '')
    .map((word, i, all) => {
      const start = Math.min(word.start, endSeconds);
      const end = Math.max(start, Math.min(word.end, all[i + 1]?.start ?? endSeconds, endSeconds));
      return {
        word: word.text,
        start: rounded(start, TIME_DIGITS),
        end: rounded(end, TIME_DIGITS),
        ...(word.logs.length === 0
          ? {}
          : { confidence: rounded(probability(word.logs), PROBABILITY_DIGITS) }),
      };
    });
}

/** Whether a token begins a word behind a word that so far is `before`; punctuation belongs to the word before it. */
function beginsWord(token: string, before: string): boolean {
  if (!SAYS.test(token)) return false;
  return BEGINS.test(token) || ALONE.test(token) || ALONE.test(before);
}

/** Mean of the words' confidences; undefined where there is none. */
export function meanConfidence(words: readonly Word[] | undefined): number | undefined {
  const known = (words ?? []).flatMap(({ confidence }) => confidence ?? []);
  if (known.length === 0) return undefined;
  return rounded(known.reduce((sum, one) => sum + one, 0) / known.length, PROBABILITY_DIGITS);
}

function probability(logs: readonly number[]): number {
  return Math.min(1, Math.exp(logs.reduce((sum, one) => sum + one, 0) / logs.length));
}

function rounded(value: number, digits: number): number {
  return Math.round(value * digits) / digits;
}
