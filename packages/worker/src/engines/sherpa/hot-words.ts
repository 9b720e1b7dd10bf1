/** Signs with a meaning in sherpa-onnx's notation of hot words: between phrases, and before a score. */
const SIGNS = /[/:#@\p{Cc}]/gu;

/**
 * Phrases as an offline transducer takes them; undefined for none. Models that know capitals only are given capitals.
 */
export function hotWordsNotation(phrases: readonly string[], upperCase: boolean): string | undefined {
  const plain = phrases
    .map((phrase) => phrase.replace(SIGNS, ' ').replace(/\s+/g, ' ').trim())
    .filter((phrase) => phrase !== '');
  if (plain.length === 0) return undefined;
  const joined = plain.join('/');
  return upperCase ? joined.toLocaleUpperCase('en') : joined;
}
