import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkLedger, type LedgerEntry } from './chunk-ledger.js';

test('entries are acknowledged once, in order, and never before those below them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 40 }),
      fc.array(fc.nat(60), { maxLength: 200 }),
      (sizes, confirmations) => {
        const ledger = new ChunkLedger<LedgerEntry>();
        sizes.forEach((bytes, chunkIndex) => {
          expect(ledger.next).toBe(chunkIndex);
          ledger.add({ n: chunkIndex, chunkIndex, bytes, binary: false, at: 0 });
        });
        const confirmed = new Set<number>();
        const acknowledged: number[] = [];
        for (const n of confirmations) {
          if (n < sizes.length) confirmed.add(n);
          acknowledged.push(...ledger.confirm(n).map((entry) => entry.n));
          const expected: number[] = [];
          while (confirmed.has(expected.length)) expected.push(expected.length);
          expect(acknowledged).toEqual(expected);
          expect(ledger.size).toBe(sizes.length - expected.length);
          const open = sizes.map((_, i) => i).filter((i) => !confirmed.has(i));
          expect(ledger.inFlight().map((entry) => entry.n)).toEqual(open);
          expect(sizes.map((_, i) => i).filter((i) => ledger.isInFlight(i))).toEqual(open);
          expect(ledger.bytes).toBe(sizes.slice(expected.length).reduce((sum, bytes) => sum + bytes, 0));
        }
      },
    ),
  );
});
