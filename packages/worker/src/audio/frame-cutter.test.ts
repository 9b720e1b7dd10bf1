import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutAt } from './fixtures/signals.js';
import { FrameCutter } from './frame-cutter.js';

describe('FrameCutter', () => {
  it('gives out every whole frame, and knows where each one began', () => {
    const bytes = Uint8Array.from({ length: 120 }, (_, i) => i);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.nat(120)), (frameBytes, cuts) => {
        const cutter = new FrameCutter(frameBytes, 10);
        const slices = cutAt(bytes, cuts);
        const out = slices.flatMap((slice, chunk) => [...cutter.take(slice, { chunk, byte: 5 }, null)]);
        const frames = Math.floor(120 / frameBytes);
        expect(out).toEqual([...bytes.subarray(0, frames * frameBytes)]);
        expect(cutter.frames).toBe(10 + frames);
        for (let frame = 0; frame * frameBytes < 120; frame++) {
          const place = cutter.find(10 + frame)!;
          expect(slices[place.chunk]![place.byte - 5]).toBe(frame * frameBytes);
        }
        expect(cutter.find(10 + Math.ceil(120 / frameBytes))).toBeNull();
      }),
    );
  });

  it('forgets', () => {
    const cutter = new FrameCutter(2, 0);
    for (let chunk = 0; chunk < 5; chunk++) cutter.take(new Uint8Array(4), { chunk, byte: 0 }, null);
    cutter.forget(5);
    expect(cutter.find(5)).toMatchObject({ chunk: 2, byte: 2 });
    expect(() => cutter.find(3)).toThrow(RangeError);
  });

  it('counts up to a frame, and begins it anew when it was dropped', () => {
    const cutter = new FrameCutter(4, 0);
    cutter.take(new Uint8Array(6), { chunk: 0, byte: 0 }, 3);
    expect(cutter.bytesUntil(3)).toBe(6);
    cutter.dropPartial();
    expect(cutter.bytesUntil(3)).toBe(8);
    cutter.take(new Uint8Array(4), { chunk: 1, byte: 44 }, 3);
    expect(cutter.find(1)).toEqual({ chunk: 1, byte: 44, frame: 1, dataEnd: 3 });
  });
});
