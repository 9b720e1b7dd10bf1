import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUSY_CHUNKS_PER_SECOND, TURN_MS, TurnEnd, waitMs } from './turn-end.js';

describe('waitMs', () => {
  it('is nothing for a gateway with little to do, and for one that is late anyway', () => {
    const rate = fc.double({ min: 0, max: 1e6, noNaN: true });
    const spent = fc.double({ min: 0, max: 1_000, noNaN: true });
    fc.assert(
      fc.property(rate, spent, (chunksPerSecond, spentMs) => {
        const ms = waitMs(chunksPerSecond, spentMs);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(TURN_MS);
        if (chunksPerSecond < BUSY_CHUNKS_PER_SECOND || spentMs >= TURN_MS) expect(ms).toBe(0);
      }),
    );
  });

  it('becomes shorter the more there is to do', () => {
    expect(waitMs(5_000, 0)).toBe(TURN_MS);
    expect(waitMs(5_000, 1)).toBe(TURN_MS - 1);
    expect(waitMs(64_000, 0)).toBe(1);
    expect(waitMs(64_000, 1)).toBe(0);
  });
});

describe('TurnEnd', () => {
  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('tells each part once, in order, when the turn ends', async () => {
    const turn = new TurnEnd();
    const told: string[] = [];
    const part = (name: string) => ({ turnEnded: () => void told.push(name) });
    turn.later(part('a'));
    turn.later(part('b'));
    expect(told).toEqual([]);
    await nextTurn();
    expect(told).toEqual(['a', 'b']);
    turn.later(part('c'));
    await nextTurn();
    expect(told).toEqual(['a', 'b', 'c']);
  });

  it('what becomes due while a turn ends is done at the end of the next one', async () => {
    const turn = new TurnEnd();
    const told: string[] = [];
    turn.later({
      turnEnded: () => {
        told.push('first');
        turn.later({ turnEnded: () => void told.push('second') });
      },
    });
    await nextTurn();
    expect(told).toEqual(['first']);
    await nextTurn();
    expect(told).toEqual(['first', 'second']);
  });

  it('waits when chunks come fast, and else never', async () => {
    const waits: number[] = [];
    const turn = new TurnEnd((ms) => void waits.push(ms));
    const turns = async (chunksEach: number, isEnough: () => boolean): Promise<void> => {
      const until = performance.now() + 5_000;
      while (!isEnough() && performance.now() < until) {
        for (let i = 0; i < chunksEach; i++) turn.chunk();
        turn.later({ turnEnded: () => undefined });
        await nextTurn();
      }
    };
    const begun = performance.now();
    await turns(0, () => performance.now() - begun > 250);
    expect(waits).toEqual([]);
    await turns(1, () => waits.length > 0);
    expect(waits[0]).toBeGreaterThan(0);
    expect(waits[0]).toBeLessThanOrEqual(TURN_MS);
  });

  it('goes on by itself after waiting', async () => {
    const turn = new TurnEnd();
    const until = performance.now() + 300;
    let turns = 0;
    while (performance.now() < until) {
      turn.chunk();
      turn.later({ turnEnded: () => void turns++ });
      await nextTurn();
    }
    expect(turns).toBeGreaterThan(1);
  });
});
