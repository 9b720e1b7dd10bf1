import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Round, rounds } from './rounds.js';

type Kind = Parameters<typeof rounds>[0][number]['entry']['kind'];
type Item = { at: number; entry: { kind: Kind; sessionId: string } };

const items = fc
  .array(
    fc.record({
      kind: fc.constantFrom<Kind>('begin', 'segment', 'error', 'end', 'deleted'),
      sessionId: fc.constantFrom('a', 'b', 'c'),
    }),
    { maxLength: 40 },
  )
  .map((entries): Item[] => entries.map((entry, at) => ({ at, entry })));

/** In the order in which they are dealt with. */
const inOrder = ({ begun, events, ends, deleted }: Round<Item>): Item[] => [
  ...begun,
  ...events,
  ...ends,
  ...deleted,
];

describe('rounds', () => {
  test('many sessions that end at once end in one round', () => {
    const results = Array.from({ length: 20 }, (_, i): Item[] => [
      { at: 2 * i, entry: { kind: 'segment', sessionId: `s${i}` } },
      { at: 2 * i + 1, entry: { kind: 'end', sessionId: `s${i}` } },
    ]).flat();
    const all = rounds(results);
    expect(all).toHaveLength(1);
    expect(all[0]?.events).toHaveLength(20);
    expect(all[0]?.ends).toHaveLength(20);
  });

  test('an id that is used again waits for the end of the session before', () => {
    const kinds: Kind[] = ['segment', 'end', 'deleted', 'begin', 'segment', 'end'];
    const all = rounds(kinds.map((kind, at): Item => ({ at, entry: { kind, sessionId: 'a' } })));
    expect(all.map((round) => inOrder(round).map(({ at }) => at))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test('hold each result once', () => {
    fc.assert(
      fc.property(items, (results) => {
        const given = rounds(results).flatMap(inOrder);
        expect(given.map(({ at }) => at).sort((a, b) => a - b)).toEqual(results.map(({ at }) => at));
      }),
    );
  });

  test('keep the order of each session among events, ends and deletions, and no beginning is late', () => {
    fc.assert(
      fc.property(items, (results) => {
        const given = rounds(results).flatMap(inOrder);
        for (const id of ['a', 'b', 'c']) {
          const mine = given.filter(({ entry }) => entry.sessionId === id);
          const order = (some: Item[]): number[] => some.map(({ at }) => at);
          const rest = mine.filter(({ entry }) => entry.kind !== 'begin');
          expect(order(rest)).toEqual(order(rest).sort((a, b) => a - b));
          for (const [place, { at, entry }] of mine.entries()) {
            if (entry.kind !== 'begin') continue;
            // Nothing that came before the beginning was put behind it, but events of the same round.
            const behind = mine.slice(place + 1).filter((other) => other.at < at);
            expect(
              behind.every((other) => other.entry.kind !== 'end' && other.entry.kind !== 'deleted'),
            ).toBe(true);
          }
        }
      }),
    );
  });
});
