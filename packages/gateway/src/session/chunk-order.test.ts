import { describe, expect, it } from 'vitest';
import { ChunkOrder, REFUSAL_LASTS_MS } from './chunk-order.js';

describe('ChunkOrder', () => {
  it('refuses what is behind a chunk that was asked for again, until that comes or the wait is over', () => {
    const order = new ChunkOrder();
    for (const index of [0, 1, 2]) order.took(index);
    expect(order.lastTaken).toBe(2);
    order.askFor(3, 1_000);
    order.finishRefused = true;
    expect(order.admits(4, 1_001)).toBe(false);
    expect(order.awaitsResend(1_001)).toBe(true);
    expect(order.admits(3, 1_002)).toBe(true);
    expect([order.awaitsResend(1_003), order.finishRefused]).toEqual([false, false]);
    order.askFor(5, 2_000);
    expect(order.admits(9, 2_000 + REFUSAL_LASTS_MS - 1)).toBe(false);
    expect(order.admits(9, 2_000 + REFUSAL_LASTS_MS)).toBe(true);
  });

  it('waits for nothing once the client says where it goes on', () => {
    const order = new ChunkOrder();
    order.askFor(4, 0);
    order.finishRefused = true;
    order.goesOn();
    expect(order.admits(9, 1)).toBe(true);
    expect([order.awaitsResend(1), order.finishRefused]).toEqual([false, false]);
  });

  it('takes a double instead of the chunk it asked for, up to the next expected one', () => {
    const order = new ChunkOrder();
    order.expect(6);
    order.askFor(4, 0);
    expect(order.admits(7, 1)).toBe(false);
    expect(order.admits(6, 1)).toBe(true);
    expect(order.admits(7, 1)).toBe(true);
  });
});
