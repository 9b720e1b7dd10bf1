import type { PcmFormat } from '@tributary/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from './fixtures/signals.js';
import { ENCODINGS } from './fixtures/wav-file.js';
import { frameBytes, toInt16, toMono } from './samples.js';

const format = (encoding: PcmFormat['encoding'], channels = 1): PcmFormat => ({
  container: 'raw',
  encoding,
  channels,
  sampleRateHz: 16_000,
});

describe('toMono', () => {
  it.each([
    ['u8', [0, 128, 255], [-1, 0, 127 / 128]],
    ['s16le', [0, 0x80, 0, 0, 0xff, 0x7f], [-1, 0, 32_767 / 32_768]],
    ['s24le', [0, 0, 0x80, 1, 0, 0, 0, 0, 0x40], [-1, 2 ** -23, 0.5]],
    ['s32le', [0, 0, 0, 0x80, 0, 0, 0, 0x40], [-1, 0.5]],
    ['mulaw', [0x00, 0x80, 0xff, 0x7f], [-32_124 / 32_768, 32_124 / 32_768, 0, 0]],
    ['alaw', [0x2a, 0xaa, 0xd5, 0x55], [-32_256 / 32_768, 32_256 / 32_768, 8 / 32_768, -8 / 32_768]],
  ] as const)('reads %s', (encoding, bytes, samples) => {
    expect([...toMono(Uint8Array.from(bytes), format(encoding))]).toEqual(
      samples.map((s) => Math.fround(s) + 0),
    );
  });

  it('reads floats, and silence for what is no number', () => {
    const values = [0.25, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e30];
    const expected = [0.25, -1, 0, 0, 4];
    expect([...toMono(bytesOf(Float32Array.from(values)), format('f32le'))]).toEqual(expected);
    const doubles = new Uint8Array(Float64Array.from(values).buffer);
    expect([...toMono(doubles, format('f64le'))]).toEqual(expected);
  });

  it('averages the channels', () => {
    expect([...toMono(bytesOf(Int16Array.of(8_192, 16_384, -8_192, 8_192)), format('s16le', 2))]).toEqual([
      0.375, 0,
    ]);
  });

  it('gives one finite sample for each whole frame, wherever the bytes lie in their buffer', () => {
    const cases = fc.tuple(
      fc.constantFrom(...ENCODINGS),
      fc.integer({ min: 1, max: 8 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(7),
    );
    fc.assert(
      fc.property(cases, ([encoding, channels, bytes, offset]) => {
        const shifted = new Uint8Array(bytes.length + offset).subarray(offset);
        shifted.set(bytes);
        const mono = toMono(shifted, format(encoding, channels));
        expect(mono.length).toBe(Math.floor(bytes.length / frameBytes(format(encoding, channels))));
        expect(mono.every(Number.isFinite)).toBe(true);
        expect(mono).toEqual(toMono(bytes, format(encoding, channels)));
      }),
    );
  });
});

describe('toInt16', () => {
  it('returns 16-bit samples unchanged', () => {
    fc.assert(
      fc.property(fc.int16Array(), (pcm) => {
        expect(toInt16(toMono(bytesOf(pcm), format('s16le')))).toEqual(pcm);
      }),
    );
  });

  it('rounds and clips', () => {
    expect([...toInt16(Float32Array.of(1.5, -1.5, 0.6 / 32_768))]).toEqual([32_767, -32_768, 1]);
  });
});
