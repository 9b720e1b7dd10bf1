import type { RawFormat } from '@tributary/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encoded, original, TWO_CHANNELS, twoChannels } from './fixtures/encoded.js';
import { bytesOf, cutAt, likeness, noise } from './fixtures/signals.js';
import { decodeWholeWav } from './fixtures/whole-wav.js';
import { joinBytes, joinPcm } from './join.js';
import { deinterleave, interleave, toInt16 } from './samples.js';
import { StreamDecoder, type StreamDecoderOptions } from './stream-decoder.js';
import type { StreamPosition } from './stream-position.js';

function decode(chunks: readonly Uint8Array[], options: Partial<StreamDecoderOptions> = {}): Int16Array[] {
  const decoder = new StreamDecoder({ format: 'auto', separate: true, ...options });
  const pcm = joinPcm([...chunks.map((bytes, index) => decoder.push(index, bytes)), decoder.flush()]);
  expect(decoder.sample).toBe(pcm.length / decoder.channels);
  return deinterleave(pcm, decoder.channels);
}

/** As `toEqual`, but quick. */
function expectSame(actual: Int16Array, expected: Int16Array): void {
  expect(actual.length).toBe(expected.length);
  expect(actual.findIndex((value, i) => value !== expected[i])).toBe(-1);
}

describe('headerless channels', () => {
  it.each([16_000, 8_000, 44_100])('come out as each would alone, at %i Hz', (rateHz) => {
    const planes = [1, 2, 3].map((seed) => noise(3_000, 0.1, seed));
    const format = (channels: number): RawFormat => ({ encoding: 's16le', sample_rate: rateHz, channels });
    const together = cutAt(bytesOf(interleave(planes)), [7, 100, 9_001]);
    const separate = decode(together, { format: format(3) });
    expect(separate).toHaveLength(3);
    for (const [channel, plane] of planes.entries()) {
      const [alone] = decode([bytesOf(toInt16(plane))], { format: format(1) });
      expectSame(separate[channel]!, alone!);
    }
  });

  it('are mixed unless they are wanted apart', () => {
    const format: RawFormat = { encoding: 's16le', sample_rate: 16_000, channels: 2 };
    const mixed = decode([bytesOf(Int16Array.of(100, 300, -100, 500))], { format, separate: false });
    expect(mixed).toEqual([Int16Array.of(200, 200)]);
  });
});

describe.each(Object.keys(TWO_CHANNELS) as (keyof typeof TWO_CHANNELS)[])('two channels of %s', (name) => {
  const file = twoChannels(name);
  const whole = decode([file]);

  it('are what was recorded on each', () => {
    const [left, right] = [original('0880'), original('0930')].map(decodeWholeWav) as [
      Int16Array,
      Int16Array,
    ];
    const heard = right.subarray(0, left.length);
    expect(whole).toHaveLength(2);
    expect(likeness(whole[0]!, left, 1_200)).toBeGreaterThan(0.9);
    expect(likeness(whole[1]!, heard, 1_200)).toBeGreaterThan(0.9);
    expect(likeness(whole[1]!, left, 1_200)).toBeLessThan(0.5);
  });

  it('are the same however they are sliced, and from any position', () => {
    const restarts = fc.record({
      cuts: fc.array(fc.nat(2 * file.length), { maxLength: 12 }),
      stopAfter: fc.nat(12),
      place: fc.nat(),
    });
    const twice = decode([joinBytes([file, file])]);
    fc.assert(
      fc.property(restarts, ({ cuts, stopAfter, place }) => {
        const chunks = cutAt(joinBytes([file, file]), cuts);
        const before = new StreamDecoder({ format: 'auto', separate: true });
        for (const [index, chunk] of chunks.slice(0, stopAfter).entries()) before.push(index, chunk);
        const sample = place % (before.sample + 1);
        before.forget(sample);
        const from = JSON.parse(JSON.stringify(before.positionOf(sample))) as StreamPosition;
        const after = new StreamDecoder({ format: 'auto', separate: true, from });
        const given = chunks.map((chunk, index) => (index < from.chunk ? null : after.push(index, chunk)));
        const pcm = joinPcm([...given.filter((part) => part !== null), after.flush()]);
        for (const [channel, plane] of deinterleave(pcm, 2).entries()) {
          expectSame(plane, twice[channel]!.subarray(sample));
        }
      }),
      { numRuns: 6 },
    );
  });
});

it('a recording with more channels behind one with fewer breaks the stream, unless they are mixed', () => {
  for (const separate of [true, false]) {
    const decoder = new StreamDecoder({ format: 'auto', separate });
    const first = decoder.push(0, encoded('FLAC'));
    const second = decoder.push(1, twoChannels('FLAC'));
    expect(first.length).toBeGreaterThan(0);
    expect(decoder.failure?.code).toBe(separate ? 'unsupported_audio' : undefined);
    expect(second.length > 16_000).toBe(!separate);
  }
});
