import type { Mark } from '@tributary/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownMarks } from './known-marks.js';

const at = (chunk: number): Mark => ({ chunk }) as Mark;

describe('KnownMarks', () => {
  it('a client may let go of nothing before it has the events that belong to it', () => {
    const marks = fc.array(fc.record({ seq: fc.nat(30), chunk: fc.nat(300) }), { maxLength: 12 });
    fc.assert(
      fc.property(marks, fc.array(fc.nat(30), { maxLength: 12 }), (learned, given) => {
        const known = new KnownMarks();
        learned.sort((a, b) => a.seq - b.seq || a.chunk - b.chunk);
        let lastSeq = 0;
        let before = -1;
        const check = (): void => {
          expect(known.committedThrough).toBeGreaterThanOrEqual(before);
          before = known.committedThrough;
          if (before < 0) return;
          const covers = learned.filter(({ seq, chunk }) => seq <= lastSeq && chunk - 1 >= before);
          expect(covers).not.toEqual([]);
        };
        learned.forEach(({ seq, chunk }, i) => {
          known.learn({ seq, mark: at(chunk) }, lastSeq);
          check();
          lastSeq = Math.max(lastSeq, given[i] ?? 0);
          known.given(lastSeq);
          check();
        });
      }),
    );
  });

  it('what the client was told once stays told, also when Redis has forgotten it', () => {
    const known = new KnownMarks();
    known.begin(-1, { seq: 2, mark: at(21) }, 2);
    expect(known.committedThrough).toBe(20);
    known.begin(9, null, 2);
    expect(known.committedThrough).toBe(20);
    expect(known.newest).toBeNull();
    known.learn({ seq: 3, mark: at(31) }, 2);
    expect(known.areAhead).toBe(true);
    known.given(3);
    expect([known.committedThrough, known.areAhead, known.newest?.seq]).toEqual([30, false, 3]);
  });

  it('keeps no more than a few that are ahead', () => {
    const known = new KnownMarks();
    for (let seq = 1; seq <= 100; seq++) known.learn({ seq, mark: at(seq) }, 0);
    known.given(84);
    expect(known.committedThrough).toBe(-1);
    known.given(100);
    expect(known.committedThrough).toBe(99);
  });
});
