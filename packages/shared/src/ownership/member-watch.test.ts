import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemberWatch } from './member-watch.js';

const PATIENCE_MS = 500;
const ALL = ['a', 'b', 'c'];

describe('a member that stops listening', () => {
  it('is dead after the patience, once', () => {
    const watch = new MemberWatch(PATIENCE_MS);
    expect(watch.look(ALL, new Set(ALL), 'a', 0)).toEqual([]);
    expect(watch.look(ALL, new Set(['a', 'c']), 'a', 100)).toEqual([]);
    expect(watch.look(ALL, new Set(['a', 'c']), 'a', 599)).toEqual([]);
    expect(watch.look(ALL, new Set(['a', 'c']), 'a', 600)).toEqual(['b']);
    expect(watch.look(ALL, new Set(['a', 'c']), 'a', 10_000)).toEqual([]);
  });

  it('is alive when it listens again in time', () => {
    const watch = new MemberWatch(PATIENCE_MS);
    watch.look(ALL, new Set(ALL), 'a', 0);
    watch.look(ALL, new Set(['a', 'c']), 'a', 100);
    watch.look(ALL, new Set(ALL), 'a', 500);
    expect(watch.look(ALL, new Set(['a', 'c']), 'a', 700)).toEqual([]);
    expect(watch.look(ALL, new Set(['a', 'c']), 'a', 1_200)).toEqual(['b']);
  });

  it('is not missed when it never listened, nor while we are not heard ourselves', () => {
    const watch = new MemberWatch(PATIENCE_MS);
    expect(watch.look(ALL, new Set(['a', 'b']), 'a', 0)).toEqual([]);
    expect(watch.look(ALL, new Set(['a', 'b']), 'a', 9_000)).toEqual([]);
    watch.look(ALL, new Set(['b']), 'a', 9_100);
    watch.look(ALL, new Set(['a']), 'a', 9_200);
    expect(watch.look(ALL, new Set(['a']), 'a', 99_000)).toEqual([]);
  });
});

it('whoever is called dead was heard, and then not for the patience, while we were', () => {
  const look = fc.record({
    listening: fc.subarray(ALL),
    members: fc.subarray(ALL),
    afterMs: fc.integer({ min: 1, max: 400 }),
  });
  fc.assert(
    fc.property(fc.array(look, { maxLength: 40 }), (looks) => {
      const watch = new MemberWatch(PATIENCE_MS);
      const silentMs = new Map<string, number>();
      let nowMs = 0;
      for (const { listening, members, afterMs } of looks) {
        nowMs += afterMs;
        const heard = new Set(listening);
        const dead = watch.look(members, heard, 'a', nowMs);
        for (const member of dead) {
          expect(heard.has('a') && members.includes(member) && !heard.has(member)).toBe(true);
          expect(nowMs - (silentMs.get(member) ?? nowMs)).toBeGreaterThanOrEqual(PATIENCE_MS);
        }
        for (const member of ALL) {
          if (!heard.has('a') || heard.has(member) || !members.includes(member)) silentMs.delete(member);
          else if (!silentMs.has(member)) silentMs.set(member, nowMs);
        }
      }
    }),
  );
});
