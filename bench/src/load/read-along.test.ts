import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadAlong } from './read-along.js';

/** A word a second, each half a second long; after `pausedAfter` of them a pause of ten. */
function spoken(words: readonly string[], pausedAfter = words.length) {
  return words.map((word, i) => {
    const start = i * 16_000 + (i < pausedAfter ? 0 : 160_000);
    return { word, start, end: start + 8_000 };
  });
}

const shown = (list: readonly { word: string }[]) => list.map(({ word }) => word);

describe('reading along', () => {
  it('finds each word when it is shown first, and passes over wrong ones', () => {
    const along = new ReadAlong(spoken(['he', 'was', 'not', 'an', 'ill']));
    expect(shown(along.interim('He', 40_000))).toEqual(['he']);
    expect(shown(along.interim('he was knot', 48_000))).toEqual(['was']);
    expect(shown(along.interim('He was not an', 60_000))).toEqual(['not', 'an']);
    expect(along.interim('he was not', 60_000)).toEqual([]);
  });

  it('does not take a word for a later one that sounds alike', () => {
    const along = new ReadAlong(spoken(['ill', 'disposed', 'ill']));
    expect(along.interim('ill', 4_000).map(({ start }) => start)).toEqual([0]);
    expect(along.interim('ill disposed', 24_000).map(({ start }) => start)).toEqual([16_000]);
    expect(along.interim('ill disposed ill', 40_000).map(({ start }) => start)).toEqual([32_000]);
  });

  it('goes on behind a segment, and tells its last word when the speaker paused there', () => {
    const along = new ReadAlong(spoken(['a', 'b', 'c', 'd'], 2));
    expect(along.interim('a', 8_000)).toHaveLength(1);
    expect(along.segment(23_000, 8_000)?.word).toBe('b');
    expect(shown(along.interim('c', 300_000))).toEqual(['c']);
    // Cut between two words without a long pause, as at the greatest length.
    expect(along.segment(16_000 * 2 + 160_000 + 9_000, 9_000)).toBeNull();
    expect(along.segment(16_000 * 3 + 160_000 + 9_000, 9_000)?.word).toBe('d');
    expect(along.segment(1e9, 9_000)).toBeNull();
  });

  it('shows every word of a perfect recogniser once, however its text grows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(12)),
        (said, steps) => {
          const along = new ReadAlong(spoken(said));
          const found = [...steps.sort((a, b) => a - b), said.length].flatMap((n) =>
            along.interim(said.slice(0, n).join(' '), n * 16_000),
          );
          expect(shown(found).sort()).toEqual([...said].sort());
        },
      ),
    );
  });
});
