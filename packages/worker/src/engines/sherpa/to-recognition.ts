import type { SherpaResult } from 'sherpa-onnx-node';
import { type Recognition, SAMPLE_RATE_HZ } from '../engine.js';
import { meanConfidence, wordsOfTokens } from './words-of-tokens.js';

/** What sherpa-onnx made of so many samples, in our terms. */
export function toRecognition(
  result: SherpaResult,
  samples: number,
  format: (text: string) => string,
): Omit<Recognition, 'decodeMs'> {
  const words = wordsOfTokens(result, samples / SAMPLE_RATE_HZ)?.map((word) => ({
    ...word,
    word: format(word.word),
  }));
  const confidence = meanConfidence(words);
  return {
    text: format(result.text),
    ...(confidence === undefined ? {} : { confidence }),
    ...(words === undefined ? {} : { words }),
  };
}
