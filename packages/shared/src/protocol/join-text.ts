/** Scripts that are written without spaces between words, and the punctuation that goes with them. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\u3000-\u303f\uff00-\uffef]/u;

/** The final text: segments joined by a space, or by nothing where the script next to the border uses none. */
export function joinText(segments: readonly string[]): string {
  let text = '';
  for (const segment of segments) {
    const next = segment.trim();
    if (next === '') continue;
    if (text === '') text = next;
    else text += usesSpaces(lastCharacter(text)) && usesSpaces(firstCharacter(next)) ? ` ${next}` : next;
  }
  return text;
}

function usesSpaces(character: string): boolean {
  return !UNSPACED.test(character);
}

function firstCharacter(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) ?? 0);
}

function lastCharacter(text: string): string {
  const low = text.charCodeAt(text.length - 1);
  const isLowSurrogate = low >= 0xdc00 && low <= 0xdfff;
  return isLowSurrogate ? text.slice(-2) : text.slice(-1);
}
