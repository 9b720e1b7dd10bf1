import { describe, expect, it } from 'vitest';
import { TurnEnd } from '../turn-end.js';
import { Acknowledger } from './acknowledger.js';
import type { LedgerEntry } from './chunk-ledger.js';
import { idleMetrics } from './fixtures/idle-metrics.js';
import { KnownMarks } from './known-marks.js';
import { type Phase, SessionPhase } from './session-phase.js';

const GRACE_MS = 60_000;

/** An acknowledger, and the chunks it has acknowledged. */
function acknowledgerIn(now: Phase) {
  const phase = new SessionPhase();
  phase.now = now;
  const acknowledged: number[] = [];
  const voice = { acknowledge: (index: number) => void acknowledged.push(index) };
  const host = { graceMs: GRACE_MS, metrics: idleMetrics(), turn: new TurnEnd() };
  return { acknowledger: new Acknowledger(host, voice, new KnownMarks(), phase), phase, acknowledged };
}

const entry = (n: number, more: Partial<LedgerEntry> = {}): LedgerEntry => {
  return { n, chunkIndex: n, bytes: 1, binary: false, at: performance.now(), ...more };
};
const finish = (n: number): LedgerEntry => entry(n, { chunkIndex: null });
const longAgo = (): number => performance.now() - 2 * GRACE_MS;

describe('Acknowledger', () => {
  it.each(['open', 'finishing'] as const)('of a session that is %s waits for its deadline', (now) => {
    const { acknowledger, acknowledged } = acknowledgerIn(now);
    acknowledger.refreshed(performance.now());
    acknowledger.confirmed([entry(0)]);
    expect([acknowledged, acknowledger.withholds]).toEqual([[0], false]);
    acknowledger.refreshed(longAgo());
    acknowledger.confirmed([entry(1)]);
    acknowledger.confirmed([entry(2), finish(3)]);
    expect([acknowledged, acknowledger.withholds]).toEqual([[0], true]);
    acknowledger.refreshed(performance.now());
    acknowledger.confirmed([]);
    expect([acknowledged, acknowledger.withholds]).toEqual([[0, 1, 2], false]);
    expect(acknowledger.confirmedThrough).toBe(2);
  });

  it('keeps of what waits no more than it has to tell: not the chunk', () => {
    const { acknowledger, acknowledged } = acknowledgerIn('open');
    acknowledger.refreshed(longAgo());
    const sent = { ...entry(0), payload: Buffer.alloc(3_200) };
    acknowledger.confirmed([sent]);
    // Whatever becomes of it is nothing to who waits.
    sent.chunkIndex = 7;
    acknowledger.refreshed(performance.now());
    acknowledger.confirmed([]);
    expect(acknowledged).toEqual([0]);
  });

  it('waits for the finish alone, too: what is behind it may be behind the end', () => {
    const { acknowledger } = acknowledgerIn('finishing');
    acknowledger.refreshed(longAgo());
    acknowledger.confirmed([finish(0)]);
    expect(acknowledger.withholds).toBe(true);
  });

  it('says nothing of a session that its deadline has closed, whatever is confirmed', () => {
    const { acknowledger, phase, acknowledged } = acknowledgerIn('open');
    acknowledger.refreshed(longAgo());
    acknowledger.confirmed([entry(0), entry(1, { binary: true })]);
    phase.now = 'closed';
    acknowledger.confirmed([entry(2)]);
    acknowledger.refreshed(performance.now());
    acknowledger.confirmed([entry(3)]);
    expect([acknowledged, acknowledger.withholds]).toEqual([[], false]);
    expect(acknowledger.confirmedThrough).toBe(-1);
  });

  it('of a session that its own finish has ended acknowledges all, however late', () => {
    const { acknowledger, acknowledged } = acknowledgerIn('finishing');
    acknowledger.refreshed(longAgo());
    acknowledger.confirmed([entry(0)]);
    acknowledger.finished();
    acknowledger.confirmed([]);
    acknowledger.confirmed([entry(1)]);
    expect(acknowledged).toEqual([0, 1]);
  });
});
