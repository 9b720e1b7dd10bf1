import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReadProgress } from './read-progress.js';

test('a reader that keeps step is behind by nothing', () => {
  const progress = new ReadProgress(1_000);
  progress.caughtUp(5_000);
  expect(progress.unreadMs(5_400)).toBe(0);
  progress.brought('5300-2');
  expect(progress.unreadMs(5_800)).toBe(0);
});

test('what may wait unread is as old as the last that was read, or as the last look that found nothing', () => {
  const progress = new ReadProgress(1_000);
  expect(progress.unreadMs(4_000)).toBe(3_000);
  // Entries of long ago: the stream is being caught up with.
  progress.brought('200-0');
  expect(progress.unreadMs(4_000)).toBe(3_800);
  progress.caughtUp(4_000);
  progress.brought('4500-0');
  expect(progress.unreadMs(6_500)).toBe(2_000);
});

test('the age is never told too low', () => {
  const gaps = fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(gaps, fc.nat(29), fc.nat(5_000), (apartMs, count, laterMs) => {
      let atMs = 1_000;
      const times = apartMs.map((gapMs) => {
        atMs += gapMs;
        return atMs;
      });
      const read = times.slice(0, count);
      const oldestUnread = times[count];
      const progress = new ReadProgress(1_000);
      for (const timeMs of read) progress.brought(`${timeMs}-0`);
      const now = atMs + laterMs;
      const trueAgeMs = oldestUnread === undefined ? 0 : now - oldestUnread;
      if (trueAgeMs > 500) expect(progress.unreadMs(now)).toBeGreaterThanOrEqual(trueAgeMs);
    }),
  );
});
