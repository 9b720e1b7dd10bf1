import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAt, noise, tone } from './fixtures/signals.js';
import { FrameLevels } from './frame-levels.js';
import { toInt16 } from './samples.js';

function levelsOf(slices: readonly Int16Array[]): FrameLevels {
  const levels = new FrameLevels();
  for (const slice of slices) for (let at = 0; at < slice.length; ) at = levels.take(slice, at);
  return levels;
}

describe('FrameLevels', () => {
  it('measures the level of a tone', () => {
    const { smoothDb, count } = levelsOf([toInt16(tone(1_000, 16_000, 1, 0.1))]);
    expect(count).toBe(100);
    expect(smoothDb[50]).toBeCloseTo(20 * Math.log10(0.1 / Math.SQRT2), 0);
  });

  it('counts silence, also with an offset, as the quietest level', () => {
    expect(levelsOf([new Int16Array(1_600)]).smoothDb[9]).toBe(-96);
    expect(levelsOf([new Int16Array(1_600).fill(-3_000)]).smoothDb[9]).toBe(-96);
  });

  it('does not show a click of 5 ms', () => {
    const pcm = new Int16Array(8_000);
    pcm.set(toInt16(noise(80, 0.5)), 3_240);
    expect(Math.max(...levelsOf([pcm]).smoothDb)).toBeLessThan(-60);
  });

  it('does not depend on how the samples were sliced', () => {
    const pcm = toInt16(noise(3_000, 0.1));
    const whole = levelsOf([pcm]);
    fc.assert(
      fc.property(fc.array(fc.nat(3_000)), (cuts) => {
        const sliced = levelsOf(cutAt(pcm, cuts));
        expect(sliced.power).toEqual(whole.power);
        expect(sliced.smoothDb).toEqual(whole.smoothDb);
      }),
    );
  });
});
