import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, forcedMoves } from './assign.js';

const memberNames = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 40 }), {
  minLength: 1,
  maxLength: 32,
});
const shardCounts = fc.integer({ min: 0, max: 300 });

function owners(assignment: Map<string, number[]>): Map<number, string> {
  return new Map([...assignment].flatMap(([name, shards]) => shards.map((shard) => [shard, name])));
}

function moves(before: Map<string, number[]>, after: Map<string, number[]>): number {
  const was = owners(before);
  return [...owners(after)].filter(([shard, name]) => was.get(shard) !== name).length;
}

/** A small repeatable generator (mulberry32), numbers in [0, 1). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Members join one by one to 32 and leave, each time a random one, down to 1. */
function tour(random: () => number): { moved: number; forced: number } {
  const name = () => `worker-${Math.floor(random() * 2 ** 32).toString(36)}-${Math.floor(random() * 1e6)}`;
  const members = [name()];
  let assignment = assign(64, members);
  const total = { moved: 0, forced: 0 };
  for (let step = 0; step < 62; step++) {
    if (step < 31) members.push(name());
    else members.splice(Math.floor(random() * members.length), 1);
    const next = assign(64, members);
    total.moved += moves(assignment, next);
    total.forced += forcedMoves(assignment, members);
    assignment = next;
  }
  return total;
}

describe('assign', () => {
  it('gives each shard one owner, and no member more than its share', () => {
    fc.assert(
      fc.property(shardCounts, memberNames, (shardCount, members) => {
        const assignment = assign(shardCount, members);
        const shards = [...assignment.values()].flat().sort((a, b) => a - b);
        expect(shards).toEqual(Array.from({ length: shardCount }, (_, shard) => shard));
        expect([...assignment.keys()].sort()).toEqual([...members].sort());
        const cap = Math.ceil(shardCount / members.length);
        for (const owned of assignment.values()) expect(owned.length).toBeLessThanOrEqual(cap);
      }),
    );
  });

  it('does not depend on the order of members, nor on doubles', () => {
    const shuffled = memberNames.chain((members) =>
      fc.tuple(fc.constant(members), fc.shuffledSubarray(members, { minLength: members.length })),
    );
    fc.assert(
      fc.property(shardCounts, shuffled, (shardCount, [members, other]) => {
        expect(assign(shardCount, [...other, ...members])).toEqual(assign(shardCount, members));
      }),
    );
  });

  it('takes nothing from those that stay when a member leaves and the cap stays', () => {
    fc.assert(
      fc.property(shardCounts, memberNames, fc.nat(31), (shardCount, members, leaving) => {
        const rest = members.filter((_, i) => i !== leaving % members.length);
        fc.pre(Math.ceil(shardCount / rest.length) === Math.ceil(shardCount / members.length));
        const before = assign(shardCount, members);
        const after = assign(shardCount, rest);
        for (const name of rest) {
          expect(after.get(name)!.length).toBeGreaterThanOrEqual(before.get(name)!.length);
        }
      }),
    );
  });

  it('moves at most 1.7 times what the cap forces, members joining and leaving, whatever their names', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomOf(seed);
        const total = { moved: 0, forced: 0 };
        for (let i = 0; i < 20; i++) {
          const { moved, forced } = tour(random);
          total.moved += moved;
          total.forced += forced;
        }
        expect(total.moved / total.forced).toBeLessThanOrEqual(1.7);
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  it('knows what the cap forces', () => {
    const before = new Map([
      ['a', [0, 1, 2]],
      ['b', [3, 4, 5]],
    ]);
    expect(forcedMoves(before, ['a', 'b'])).toBe(0);
    expect(forcedMoves(before, ['a', 'b', 'c'])).toBe(2);
    expect(forcedMoves(before, ['a'])).toBe(3);
    expect(forcedMoves(before, [])).toBe(0);
  });

  it('gives nothing to nobody, and refuses counts that are none', () => {
    expect(assign(64, []).size).toBe(0);
    expect(() => assign(-1, ['a'])).toThrow(RangeError);
    expect(() => assign(1.5, ['a'])).toThrow(RangeError);
  });
});
