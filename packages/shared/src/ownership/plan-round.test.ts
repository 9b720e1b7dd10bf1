import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeldLease, planRound } from './plan-round.js';

const LEASE_MS = 3_000;
const NOW_MS = 100_000;

const held: fc.Arbitrary<HeldLease[]> = fc.uniqueArray(
  fc.record({
    shard: fc.nat(63),
    renewedAt: fc.integer({ min: NOW_MS - 2 * LEASE_MS, max: NOW_MS }),
    lost: fc.boolean(),
  }),
  { selector: ({ shard }) => shard, maxLength: 64 },
);
const shards = fc.uniqueArray(fc.nat(63), { maxLength: 64 });
const assigned = fc.option(shards);

const sorted = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);
const has = (leases: readonly HeldLease[], shard: number): boolean =>
  leases.some((lease) => lease.shard === shard);

describe('planRound', () => {
  it('is total: every shard held is dropped, handed over or kept, every one missing is taken', () => {
    fc.assert(
      fc.property(held, shards, (leases, mine) => {
        const { drop, handOver, take } = planRound(leases, mine, NOW_MS, LEASE_MS);
        const kept = leases.filter(({ shard }) => !drop.includes(shard) && !handOver.includes(shard));
        // Once the plan is carried out, and nobody else holds anything, we hold exactly what is ours.
        expect(sorted([...kept.map(({ shard }) => shard), ...take])).toEqual(sorted(mine));
        for (const shard of [...drop, ...handOver]) expect(has(leases, shard)).toBe(true);
        for (const list of [drop, handOver, take]) expect(new Set(list).size).toBe(list.length);
      }),
    );
  });

  it('always drops what is lost or was not renewed within 0.95 of a lease, and nothing else', () => {
    fc.assert(
      fc.property(held, assigned, (leases, mine) => {
        const { drop } = planRound(leases, mine, NOW_MS, LEASE_MS);
        const over = leases.filter(({ renewedAt, lost }) => lost || NOW_MS - renewedAt > 0.95 * LEASE_MS);
        expect(sorted(drop)).toEqual(sorted(over.map(({ shard }) => shard)));
      }),
    );
  });

  it('renews what is kept from a third of a lease on', () => {
    fc.assert(
      fc.property(held, assigned, (leases, mine) => {
        const { drop, renew } = planRound(leases, mine, NOW_MS, LEASE_MS);
        for (const { shard, renewedAt } of leases) {
          const due = !drop.includes(shard) && NOW_MS - renewedAt > LEASE_MS / 3;
          expect(renew.includes(shard)).toBe(due);
        }
      }),
    );
  });

  it('has no shard in two lists, except one that is dropped and taken anew, or renewed to be handed over', () => {
    fc.assert(
      fc.property(held, assigned, (leases, mine) => {
        const { drop, renew, handOver, take } = planRound(leases, mine, NOW_MS, LEASE_MS);
        expect(drop.filter((shard) => renew.includes(shard) || handOver.includes(shard))).toEqual([]);
        expect(take.filter((shard) => renew.includes(shard) || handOver.includes(shard))).toEqual([]);
        for (const shard of take) expect(has(leases, shard)).toBe(drop.includes(shard));
      }),
    );
  });

  it('takes and gives up nothing while it is not known what is ours', () => {
    fc.assert(
      fc.property(held, shards, (leases, mine) => {
        const unknown = planRound(leases, null, NOW_MS, LEASE_MS);
        expect(unknown).toMatchObject({ handOver: [], take: [] });
        // Leases are kept up all the same.
        const { drop, renew } = planRound(leases, mine, NOW_MS, LEASE_MS);
        expect(unknown).toMatchObject({ drop, renew });
      }),
    );
  });

  it('gives everything back when nothing is ours', () => {
    const leases = [1, 2].map((shard) => ({ shard, renewedAt: NOW_MS, lost: false }));
    expect(planRound(leases, [], NOW_MS, LEASE_MS).handOver).toEqual([1, 2]);
  });

  it('keeps every lease alive: rounds of a twelfth of a lease renew long before 0.95 of one', () => {
    fc.assert(
      fc.property(
        shards,
        fc.array(fc.nat(LEASE_MS / 6), { minLength: 1, maxLength: 100 }),
        (mine, delays) => {
          let now = NOW_MS;
          const leases = new Map<number, HeldLease>();
          for (const delay of delays) {
            // A round may come late, though not by more than a third of a lease in all.
            now += LEASE_MS / 12 + delay;
            const { drop, renew, take } = planRound([...leases.values()], mine, now, LEASE_MS);
            expect(drop).toEqual([]);
            for (const shard of [...renew, ...take])
              leases.set(shard, { shard, renewedAt: now, lost: false });
          }
          expect(sorted(leases.keys())).toEqual(sorted(mine));
        },
      ),
    );
  });
});
