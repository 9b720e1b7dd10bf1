import { parseWav, wavFile } from '@tributary/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LoadTotals } from './load-totals.js';
import { Playlist } from './playlist.js';
import { Recorder } from './recorder.js';
import { retryDelayMs } from './retry.js';
import { SentTimes } from './sent-times.js';
import { sessionSeconds } from './session-length.js';

describe('retries', () => {
  it('wait at least as long as the server asks, and not in step', () => {
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.nat(10_000),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (n, asked, r) => {
          expect(retryDelayMs(n, asked, r)).toBeGreaterThanOrEqual(asked);
          expect(retryDelayMs(n, undefined, r)).toBeGreaterThanOrEqual(125);
          expect(retryDelayMs(n, undefined, r)).toBeLessThanOrEqual(15_000);
        },
      ),
    );
    expect(retryDelayMs(1, 1_000, 0.5)).toBe(1_250);
  });
});

describe('the times at which chunks were due', () => {
  it('are kept from the first sending until they are forgotten', () => {
    const times = new SentTimes();
    for (let i = 0; i < 1_000; i++) times.set(i, i * 100);
    times.set(3, 99_999);
    times.forget(900);
    expect([times.get(899), times.get(900), times.get(999), times.get(1_000)]).toEqual([
      undefined,
      90_000,
      99_900,
      undefined,
    ]);
    times.set(1_000, 5);
    expect(times.get(1_000)).toBe(5);
  });
});

describe('a playlist', () => {
  const clip = (name: string, samples: number) => ({
    name,
    reference: name,
    words: [{ word: name, start: 0.01, end: 0.02 }],
    wav: parseWav(wavFile(Buffer.alloc(samples * 2, name.charCodeAt(0)))),
  });
  const clips = [clip('a', 1_000), clip('b', 500)];

  it('plays one recording after another with silence between, and ends with a whole one', () => {
    const list = new Playlist(clips, 0, 4_000, 0.1);
    expect(list.slice(998, 1_002)).toEqual(Buffer.from([97, 97, 97, 97, 0, 0, 0, 0]));
    expect(list.slice(2_599, 2_601)).toEqual(Buffer.from([0, 0, 98, 98]));
    expect(list.endAfter(1_200)).toBe(2_600);
    expect(list.reference(2_600)).toBe('a');
    expect(list.reference(list.samples)).toBe('a b');
    expect(list.words.slice(0, 2)).toEqual([
      { word: 'a', start: 160, end: 320 },
      { word: 'b', start: 2_760, end: 2_920 },
    ]);
  });
});

describe('sessions', () => {
  it('are as long as their mode says', () => {
    expect(sessionSeconds('short', 0.5)).toBe(6);
    expect(sessionSeconds('medium', 0.5)).toBe(1_800);
    expect(sessionSeconds('long', 0.5)).toBe(3_600);
  });
});

describe('what processes report', () => {
  it('adds up, and what happened since can be taken once', () => {
    const totals = new LoadTotals();
    const recorders = [new Recorder(), new Recorder()];
    recorders.forEach((recorder, n) => {
      recorder.time('ack', 10 * (n + 1));
      recorder.counts.segments += 5;
      recorder.error('internal');
      recorder.complain('s', [{ kind: 'doubled', detail: 'x' }]);
      totals.add(n, recorder.interval(n, n));
    });
    expect(totals.counts.segments).toBe(10);
    expect(totals.errors).toEqual({ internal: 2 });
    expect(totals.complaintCount).toBe(2);
    expect(totals.of('measured').ack.maxValue / 1_000).toBeCloseTo(20, 1);
    expect(totals.takeSince().ack.totalCount).toBe(2);
    expect(totals.takeSince().ack.totalCount).toBe(0);
    totals.add(0, (recorders[0] as Recorder).interval(0, 0));
    expect(totals.counts.segments).toBe(10);
  });

  it('keeps apart what took its time while all warmed up or ended, unless it happens but once', () => {
    const totals = new LoadTotals();
    const recorder = new Recorder();
    for (const [phase, ackMs] of [
      ['warming-up', 900],
      ['measured', 5],
      ['ending', 700],
    ] as const) {
      recorder.phase = phase;
      recorder.time('ack', ackMs);
      recorder.time('start', ackMs);
      totals.add(0, recorder.interval(0, 0));
      expect(totals.of(phase).ack.maxValue / ackMs / 1_000).toBeCloseTo(1, 2);
      expect(totals.of(phase).ack.totalCount).toBe(1);
    }
    expect(totals.of('measured').start.totalCount).toBe(3);
    // What happened in each second is shown all the same.
    expect(totals.takeSince().ack.totalCount).toBe(3);
  });
});
