import { words as wordsOf } from '@tributary/testkit';
import type { SpokenWord } from './utterance.js';

/**
 * Reads along with what is recognised of speech whose words are known: which of them an interim text shows for the
 * first time, and with which of them a segment ended. Words that were recognised wrongly are passed over. Pure.
 */
export class ReadAlong {
  readonly #words: readonly SpokenWord[];
  /** Words before this one belong to segments that are over. */
  #base = 0;
  /** Words that were shown, by their number. */
  readonly #shown = new Set<number>();

  constructor(words: readonly SpokenWord[]) {
    this.#words = words;
  }

  /**
   * The interim text of the open segment.
   *
   * @param sentSamples what can have been heard: later words are not meant
   * @returns words that it shows and that none before it did
   */
  interim(text: string, sentSamples: number): SpokenWord[] {
    const said = this.#words.slice(this.#base).filter(({ start }) => start < sentSamples);
    const fresh: SpokenWord[] = [];
    for (const at of matches(
      said.map(({ word }) => word),
      wordsOf(text),
    )) {
      if (this.#shown.has(this.#base + at)) continue;
      this.#shown.add(this.#base + at);
      fresh.push(said[at]!);
    }
    return fresh;
  }

  /**
   * A segment is over, and with it its words.
   *
   * @param endSample where it ends
   * @param pauseSamples the silence that ends a segment
   * @returns its last word, when the speaker paused behind it; null when it was cut for another reason
   */
  segment(endSample: number, pauseSamples: number): SpokenWord | null {
    // An end-pointer may put its cut a little into the last word.
    let next = this.#base;
    while (next < this.#words.length && middle(this.#words[next]!) < endSample) next++;
    const [last, following] = [this.#words[next - 1], this.#words[next]];
    const any = next > this.#base;
    this.#base = next;
    if (!any || last === undefined) return null;
    return following === undefined || following.start - last.end >= pauseSamples ? last : null;
  }
}

const middle = ({ start, end }: SpokenWord): number => (start + end) / 2;

/** Numbers of the words of `said` that are in `got`, by a longest common subsequence that takes words early. */
function matches(said: readonly string[], got: readonly string[]): number[] {
  // length[i][j]: of the longest subsequence of said[i…] and got[j…].
  const length = Array.from({ length: said.length + 1 }, () => new Uint16Array(got.length + 1));
  for (let i = said.length - 1; i >= 0; i--) {
    for (let j = got.length - 1; j >= 0; j--) {
      length[i]![j] =
        said[i] === got[j] ? length[i + 1]![j + 1]! + 1 : Math.max(length[i + 1]![j]!, length[i]![j + 1]!);
    }
  }
  const found: number[] = [];
  for (let i = 0, j = 0; i < said.length && j < got.length; ) {
    if (said[i] === got[j]) {
      found.push(i++);
      j++;
    } else if (length[i + 1]![j]! >= length[i]![j + 1]!) i++;
    else j++;
  }
  return found;
}
