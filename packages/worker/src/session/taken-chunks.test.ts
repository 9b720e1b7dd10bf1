import { compareIds } from '@tributary/shared';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TakenChunks } from './taken-chunks.js';

it('knows its oldest entry, in whatever order they came', () => {
  const step = fc.record({ ms: fc.nat(50), seq: fc.nat(3), forget: fc.nat(4) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const taken = new TakenChunks(0, 0);
      const ids: string[] = [];
      let first = 0;
      steps.forEach(({ ms, seq, forget }, index) => {
        const id = `${1_000 + ms}-${seq}`;
        ids.push(id);
        taken.add({ index, id, epoch: '', n: index, timeMs: 0 }, 0);
        if (forget === 0) {
          first = Math.max(first, index - 2);
          taken.forgetBefore(first);
        }
        expect(taken.oldestId).toBe([...ids.slice(first)].sort(compareIds)[0]);
      });
    }),
  );
});

it('has none when all are forgotten', () => {
  const taken = new TakenChunks(0, 0);
  expect(taken.oldestId).toBeNull();
  taken.add({ index: 0, id: '1-0', epoch: '', n: 0, timeMs: 0 }, 0);
  taken.forgetBefore(1);
  expect(taken.oldestId).toBeNull();
});
