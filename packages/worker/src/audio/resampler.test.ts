import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAt, noise, rms, tone } from './fixtures/signals.js';
import { Resampler } from './resampler.js';

const RATES = [4_000, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 192_000];
/** With more phases than a table holds rows. */
const ODD_RATES = [7_919, 44_101, 191_999];

function resample(rateHz: number, slices: readonly Float32Array[]): number[] {
  const resampler = new Resampler(rateHz);
  const out = slices.flatMap((slice) => [...resampler.push(slice)]);
  return [...out, ...resampler.flush()];
}

/** Level of the output against the input in dB, half-way through a second of a tone. */
function gainDb(hz: number, rateHz: number): number {
  const input = tone(hz, rateHz, 1);
  const output = resample(rateHz, [input]);
  return 20 * Math.log10(rms(output, 4_000, 12_000) / rms(input));
}

describe('Resampler', () => {
  it.each([...RATES, ...ODD_RATES])('keeps a 1 kHz tone from %i Hz, sample by sample', (rateHz) => {
    expect(Math.abs(gainDb(1_000, rateHz))).toBeLessThan(0.1);
    const output = resample(rateHz, [tone(1_000, rateHz, 1)]);
    const ideal = tone(1_000, 16_000, 1);
    const error = output.map((value, i) => value - ideal[i]!);
    expect(20 * Math.log10(rms(error, 4_000, 12_000))).toBeLessThan(-70);
  });

  it.each([22_050, 44_100, 48_000, 96_000])('keeps 7 and 7.2 kHz from %i Hz', (rateHz) => {
    expect(Math.abs(gainDb(7_000, rateHz))).toBeLessThan(0.1);
    expect(Math.abs(gainDb(7_200, rateHz))).toBeLessThan(1);
  });

  it.each([8_800, 9_000, 10_000, 12_000, 15_999, 16_000, 20_000])('suppresses %i Hz from 48 kHz', (hz) => {
    expect(gainDb(hz, 48_000)).toBeLessThan(-60);
  });

  it('adds no image above the band of 8 kHz audio', () => {
    const output = resample(8_000, [tone(1_000, 8_000, 1)]);
    const image = output.reduce((sum, v, i) => sum + v * Math.sin((2 * Math.PI * 7_000 * i) / 16_000), 0);
    expect(Math.abs(image / output.length)).toBeLessThan(1e-4);
  });

  it('passes 16 kHz through', () => {
    const input = noise(500, 0.2);
    expect(resample(16_000, [input])).toEqual([...input]);
  });

  it('keeps a constant level and the duration', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4_000, max: 192_000 }), fc.nat(3_000), (rateHz, frames) => {
        const output = resample(rateHz, [new Float32Array(frames).fill(0.5)]);
        expect(output.length).toBe(Math.ceil((frames * 16_000) / rateHz));
        const middle = output.slice(105, -105);
        for (const value of middle) expect(Math.abs(value - 0.5)).toBeLessThan(1e-4);
      }),
      { numRuns: 25 },
    );
  });

  it('gives the same output however the input is sliced, and wherever it is started', () => {
    const scenarios = fc.record({
      rateHz: fc.constantFrom(...RATES, ...ODD_RATES),
      frames: fc.nat(5_000),
      cuts: fc.array(fc.nat(5_000), { maxLength: 8 }),
      restart: fc.nat(),
    });
    fc.assert(
      fc.property(scenarios, ({ rateHz, frames, cuts, restart }) => {
        const input = noise(frames, 0.2, frames);
        const whole = resample(rateHz, [input]);
        expect(resample(rateHz, cutAt(input, cuts))).toEqual(whole);
        const sample = restart % (whole.length + 1);
        const frame = Math.min(frames, new Resampler(rateHz).firstFrameFor(sample));
        const resampler = new Resampler(rateHz, { frame, sample });
        const rest = cutAt(input.subarray(frame), cuts).flatMap((slice) => [...resampler.push(slice)]);
        expect([...rest, ...resampler.flush()]).toEqual(whole.slice(sample));
      }),
    );
  });

  it('stays exact far into a stream', () => {
    const sample = 24 * 3_600 * 16_000 + 1;
    const frame = new Resampler(44_100).firstFrameFor(sample);
    expect(frame).toBe(Math.floor((sample * 441) / 160) - 72 + 1);
  });
});
