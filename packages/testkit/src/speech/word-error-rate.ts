/** Words of a text for comparison: lower case, no punctuation; apostrophes inside of words stay. */
export function words(text: string): string[] {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[’‘]/g, "'")
    .replace(/[^\p{L}\p{M}\p{N}']+/gu, ' ')
    .split(' ')
    .map((word) => word.replace(/^'+|'+$/g, ''))
    .filter((word) => word !== '');
}

export interface WordErrors {
  /** Fewest words to insert, delete or replace to make one text of the other. */
  readonly errors: number;
  /** Words of the reference. */
  readonly words: number;
}

/** Compares a recognised text with what was said. */
export function wordErrors(reference: string, hypothesis: string): WordErrors {
  const wanted = words(reference);
  const got = words(hypothesis);
  // Edit distance by rows: row[j] is the distance between the words of `wanted` so far and the first j of `got`.
  let row = Array.from({ length: got.length + 1 }, (_, j) => j);
  wanted.forEach((word, i) => {
    const next = [i + 1];
    got.forEach((candidate, j) => {
      const replaced = row[j]! + (word === candidate ? 0 : 1);
      next.push(Math.min(replaced, row[j + 1]! + 1, next[j]! + 1));
    });
    row = next;
  });
  return { errors: row[got.length]!, words: wanted.length };
}

/** Word errors for each word of the reference: 0 is perfect, above 1 when much was added. */
export function wordErrorRate(reference: string, hypothesis: string): number {
  const { errors, words: total } = wordErrors(reference, hypothesis);
  return errors / Math.max(1, total);
}
