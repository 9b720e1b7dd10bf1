import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TimeWheel } from './time-wheel.js';

it('calls everything once, never early, and within a millisecond of a turn', () => {
  const delays = fc.array(fc.double({ min: 0, max: 20_000, noNaN: true }), { maxLength: 50 });
  const steps = fc.array(fc.double({ min: 0.1, max: 900, noNaN: true }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(delays, steps, (atMs, turns) => {
      const wheel = new TimeWheel<number>(0);
      const called: number[] = [];
      atMs.forEach((at, i) => {
        wheel.add(i, at);
      });
      let now = 0;
      for (const step of turns) {
        now += step;
        wheel.turn(now, (item) => {
          expect(atMs[item]).toBeLessThanOrEqual(now);
          called.push(item);
        });
      }
      const due = atMs.flatMap((at, i) => (Math.ceil(at) <= Math.floor(now) && now >= 1 ? [i] : []));
      expect([...called].sort((a, b) => a - b)).toEqual(due);
    }),
  );
});

it('calls in the order of time', () => {
  const wheel = new TimeWheel<string>(1_000);
  wheel.add('later', 6_500);
  wheel.add('soon', 1_002.5);
  wheel.add('past', 10);
  const called: string[] = [];
  wheel.turn(7_000, (item) => called.push(item));
  expect(called).toEqual(['past', 'soon', 'later']);
});
