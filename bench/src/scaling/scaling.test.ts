import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CapacityInput, capacity } from './capacity.js';
import { sessionImbalance, simulate } from './simulate.js';

const input: CapacityInput = {
  gatewayMicros: 30,
  routerMicros: 6,
  workerMicros: 14,
  redisMicros: 16,
  postgresMicros: 3,
  recogniserCores: 0.1,
  chunkMs: 100,
  utilisation: 0.6,
  dollarsPerCoreHour: 0.04,
};

describe('capacity', () => {
  it('is what the costs add up to', () => {
    const found = capacity(100_000, input);
    // A million chunks a second, 30 µs each, on cores that are used to 60 %.
    expect(found.gateways).toBe(50);
    expect(found.redisNodes).toBe(27);
    expect(found.recogniserCores).toBeCloseTo(16_667, 0);
    expect(found.first).toBe('gateway');
  });

  it('grows with the streams, and never needs less than one of each', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (streams) => {
        const few = capacity(streams, input);
        const many = capacity(streams * 2, input);
        expect(Math.min(few.gateways, few.routers, few.workers, few.redisNodes)).toBeGreaterThanOrEqual(1);
        expect(many.cores).toBeGreaterThanOrEqual(few.cores);
        expect(few.shards).toBeGreaterThanOrEqual(Math.min(4_096, few.workers));
      }),
    );
  });
});

describe('shards', () => {
  it('are even, and few move when members come and go', () => {
    for (const [shards, members] of [
      [64, 4],
      [4_096, 100],
    ] as const) {
      const found = simulate(shards, members);
      expect(found.most).toBeLessThanOrEqual(Math.ceil(shards / members));
      expect(found.idle).toBe(0);
      for (const { what, moved, forced } of found.changes) {
        expect(moved, what).toBeGreaterThanOrEqual(forced);
        expect(moved / shards, what).toBeLessThan(what === 'a tenth dies' ? 0.35 : 0.3);
      }
    }
  });

  it('are assigned to 10,000 members too: at most one each, and one member moves few', () => {
    const found = simulate(1_024, 10_000);
    expect(found.most).toBe(1);
    expect(found.idle).toBe(10_000 - 1_024);
    expect(found.changes[0]?.moved).toBeLessThanOrEqual(16);
  });

  it('hold their sessions the more evenly the more there are', () => {
    expect(sessionImbalance(64_000, 64)).toBeLessThan(1.1);
    expect(sessionImbalance(640, 64)).toBeGreaterThan(1.5);
  });
});
