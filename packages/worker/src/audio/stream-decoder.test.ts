import type { RawFormat } from '@tributary/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectSame } from './fixtures/expect-same.js';
import { bytesOf, cutAt, noise } from './fixtures/signals.js';
import { ENCODINGS, riffChunk, wavFile } from './fixtures/wav-file.js';
import { decodeWholeWav } from './fixtures/whole-wav.js';
import { joinPcm } from './join.js';
import { toInt16 } from './samples.js';
import { StreamDecoder, type StreamDecoderOptions } from './stream-decoder.js';

interface Chunk {
  index: number;
  bytes: Uint8Array;
}

const PCM = toInt16(noise(1_000, 0.1));
const LIST = riffChunk('LIST', new Uint8Array(26));
const refused = expect.objectContaining({ code: 'unsupported_audio' });

function decode(chunks: readonly Uint8Array[], options: Partial<StreamDecoderOptions> = {}): Int16Array {
  const decoder = new StreamDecoder({ format: 'auto', ...options });
  return joinPcm([...chunks.map((bytes, index) => decoder.push(index, bytes)), decoder.flush()]);
}

describe('StreamDecoder', () => {
  it('takes headerless audio for 16 kHz mono 16 bit', () => {
    const decoder = new StreamDecoder({ format: 'auto' });
    expect(decoder.format).toBeNull();
    expect(decoder.push(0, bytesOf(PCM))).toEqual(PCM);
    expect(decoder.format).toMatchObject({ container: 'raw', encoding: 's16le', sampleRateHz: 16_000 });
    expect(decoder.sample).toBe(1_000);
  });

  it('decodes a described format', () => {
    const format: RawFormat = { encoding: 'mulaw', sample_rate: 8_000, channels: 2 };
    expect(decode([new Uint8Array(1_600).fill(0xff)], { format })).toEqual(new Int16Array(1_600));
  });

  it('waits for four bytes, and decides at the end', () => {
    const decoder = new StreamDecoder({ format: 'auto' });
    expect(decoder.push(0, Uint8Array.of(1, 0, 2))).toHaveLength(0);
    expect(decoder.positionOf(0)).toEqual({ chunk: 0, byte: 0, skip: 0, frame: 0, sample: 0, format: null });
    expect([...decoder.flush()]).toEqual([1]);
  });

  it('refuses what is no audio it knows', () => {
    expect(() => decode([Buffer.from('this is certainly no audio')])).toThrow(refused);
    expect(() => decode([wavFile(new Uint8Array(10), { sampleRateHz: 1 })])).toThrow(refused);
  });

  it('decodes a WAV in slices cut anywhere', () => {
    const file = wavFile(bytesOf(PCM), { before: LIST, after: LIST });
    expect(decode([file])).toEqual(PCM);
    for (let cut = 0; cut < 90; cut++) expectSame(decode([file.subarray(0, cut), file.subarray(cut)]), PCM);
  });

  describe('a header that lies', () => {
    it.each([3_000, 0, 0xffff_ffff])('promises %i bytes: what comes is decoded', (declaredBytes) => {
      expect(decode([wavFile(bytesOf(PCM), { declaredBytes })])).toEqual(PCM);
    });

    it('counts short: what comes is decoded', () => {
      expect(decode([wavFile(bytesOf(PCM), { declaredBytes: 600 })])).toEqual(PCM);
    });
  });

  describe('later chunks behind a WAV', () => {
    const file = wavFile(bytesOf(PCM), { after: LIST });

    it('are more of the same audio', () => {
      expect(decode([file, bytesOf(PCM)])).toEqual(joinPcm([PCM, PCM]));
    });

    it('have their headers taken off', () => {
      expect(decode([file, file])).toEqual(joinPcm([PCM, PCM]));
      expect(decode([file, file.subarray(0, 20), file.subarray(20)])).toEqual(joinPcm([PCM, PCM]));
    });

    it('have their headers taken off before the declared data is complete only on request', () => {
      const open = wavFile(bytesOf(PCM), { declaredBytes: 5_000 });
      expect(decode([open, open], { stripRepeatedHeaders: true })).toEqual(joinPcm([PCM, PCM]));
      expect(decode([open, open])).toHaveLength(2_022);
    });

    it('do not complete the frame that was cut off before their header', () => {
      const whole = wavFile(bytesOf(PCM), { declaredBytes: 0 });
      expect(decode([whole.subarray(0, whole.length - 1), whole])).toEqual(joinPcm([PCM.slice(0, -1), PCM]));
    });

    it('must not change the format', () => {
      expect(() => decode([file, wavFile(bytesOf(PCM), { sampleRateHz: 8_000 })])).toThrow(refused);
    });
  });

  it('takes headers off headerless audio on request', () => {
    const file = wavFile(bytesOf(PCM));
    expect(decode([bytesOf(PCM), file], { stripRepeatedHeaders: true })).toEqual(joinPcm([PCM, PCM]));
  });

  it('asks for the next chunk when everything is used up', () => {
    const decoder = new StreamDecoder({ format: 'auto' });
    decoder.push(3, bytesOf(PCM));
    expect(decoder.positionOf(1_000)).toMatchObject({ chunk: 4, byte: 0, frame: 1_000, sample: 1_000 });
    expect(decoder.positionOf(10)).toMatchObject({ chunk: 3, byte: 20, frame: 10, sample: 10 });
    decoder.push(7, Uint8Array.of(1));
    expect(decoder.positionOf(1_000)).toMatchObject({ chunk: 7, byte: 0 });
    decoder.flush();
    expect(decoder.positionOf(1_000)).toMatchObject({ chunk: 8, byte: 0 });
  });

  it('forgets what it is told to, and only answers for what was given out', () => {
    const decoder = new StreamDecoder({ format: 'auto' });
    decoder.push(0, bytesOf(PCM));
    decoder.push(1, bytesOf(PCM));
    decoder.forget(1_500);
    expect(() => decoder.positionOf(1_499)).toThrow(RangeError);
    expect(() => decoder.positionOf(2_001)).toThrow(RangeError);
    expect(decoder.positionOf(1_500)).toMatchObject({ chunk: 1, byte: 1_000 });
    expect(() => decoder.push(1, bytesOf(PCM))).toThrow(RangeError);
  });

  it('discards what a position says is to be skipped', () => {
    const from = { chunk: 2, byte: 4, skip: 5, frame: 2, sample: 7, format: null };
    const format = { container: 'raw', encoding: 's16le', sampleRateHz: 16_000, channels: 1 } as const;
    const decoder = new StreamDecoder({ format: 'auto', from: { ...from, format } });
    expect(decoder.push(1, bytesOf(PCM))).toHaveLength(0);
    expect(decoder.push(2, bytesOf(PCM))).toEqual(PCM.slice(7));
    expect(decoder.sample).toBe(1_000);
  });

  it('goes on from any position as if nothing had happened', () => {
    fc.assert(
      fc.property(scenarios, ({ chunks, options, stopAfter, restart, restartAgain }) => {
        const first = new StreamDecoder(options);
        const given: Int16Array[] = [];
        for (const { index, bytes } of chunks.slice(0, stopAfter)) given.push(first.push(index, bytes));
        const sample = restart % (first.sample + 1);
        first.forget(sample);
        const position = first.positionOf(sample);
        for (const { index, bytes } of chunks.slice(stopAfter)) given.push(first.push(index, bytes));
        const reference = joinPcm([...given, first.flush()]);
        expect(first.sample).toBe(reference.length);

        const second = new StreamDecoder({ ...options, from: JSON.parse(JSON.stringify(position)) });
        const later = chunks.filter(({ index }) => index >= position.chunk);
        const again = joinPcm([
          ...later.map(({ index, bytes }) => second.push(index, bytes)),
          second.flush(),
        ]);
        expectSame(again, reference.slice(sample));
        expect(second.sample).toBe(reference.length);

        const third = sample + (restartAgain % (again.length + 1));
        const from = second.positionOf(third);
        const last = new StreamDecoder({ ...options, from });
        const rest = chunks.filter(({ index }) => index >= from.chunk);
        const end = joinPcm([...rest.map(({ index, bytes }) => last.push(index, bytes)), last.flush()]);
        expectSame(end, reference.slice(third));
      }),
      { numRuns: 600 },
    );
  });

  it('gives the same samples however one file is sliced', () => {
    fc.assert(
      fc.property(files, fc.array(fc.nat(9_000), { maxLength: 20 }), ({ bytes, honest }, cuts) => {
        fc.pre(honest);
        expectSame(decode(cutAt(bytes, cuts)), decodeWholeWav(bytes));
      }),
      { numRuns: 200 },
    );
  });
});

describe('decodeWholeWav', () => {
  it('decodes to the last sample', () => {
    expect(decodeWholeWav(wavFile(bytesOf(PCM), { after: LIST }))).toEqual(PCM);
    expect(decodeWholeWav(wavFile(bytesOf(PCM), { sampleRateHz: 8_000 }))).toHaveLength(2_000);
  });

  it('refuses anything else', () => {
    expect(() => decodeWholeWav(bytesOf(PCM))).toThrow(refused);
  });
});

const RATES = [8_000, 16_000, 22_050, 44_100, 48_000, 44_101];

/**
 * A WAV file of noise; `honest` when its header says the truth and nothing, not even a pad byte,
 * follows the data.
 */
const files = fc
  .record({
    encoding: fc.constantFrom(...ENCODINGS),
    sampleRateHz: fc.constantFrom(...RATES),
    channels: fc.integer({ min: 1, max: 3 }),
    size: fc.nat(6_000),
    lie: fc.constantFrom('none', 'none', 'none', 'more', 'less', 'zero', 'unknown'),
    before: fc.boolean(),
    after: fc.boolean(),
    seed: fc.nat(1_000),
  })
  .map(({ size, lie, before, after, seed, ...format }) => {
    const data = bytesOf(noise(Math.ceil(size / 4), 0.1, seed)).subarray(0, size);
    const declared = { none: size, more: size + 1_000, less: size >> 1, zero: 0, unknown: 0xffff_ffff }[lie];
    const bytes = wavFile(data, {
      ...format,
      declaredBytes: declared,
      ...(before ? { before: LIST } : {}),
      ...(after ? { after: LIST } : {}),
    });
    return { bytes, format, data, honest: lie === 'none' && !after && size % 2 === 0 };
  });

/** A stream of any kind in chunks with gaps in their numbers, and where it is broken off and taken up again. */
const scenarios = fc
  .record({
    file: files,
    kind: fc.constantFrom('wav', 'headerless', 'described', 'files'),
    cuts: fc.array(fc.oneof(fc.nat(80), fc.nat(6_100)), { maxLength: 12 }),
    gaps: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 40, maxLength: 40 }),
    strip: fc.boolean(),
    stopAfter: fc.nat(40),
    restart: fc.nat(),
    restartAgain: fc.nat(),
  })
  .map(({ file, kind, cuts, gaps, strip, ...rest }) => {
    const options: StreamDecoderOptions = { format: 'auto', stripRepeatedHeaders: strip };
    let slices = cutAt(file.bytes, cuts);
    if (kind === 'files')
      slices = [...slices, file.data.subarray(0, 101), ...cutAt(file.bytes, cuts.slice(2))];
    if (kind === 'headerless') slices = [...cutAt(file.data, cuts), wavFile(bytesOf(PCM))];
    if (kind === 'described') {
      options.format = { encoding: 'f32le', sample_rate: file.format.sampleRateHz, channels: 2 };
      slices = cutAt(file.data, cuts);
    }
    let index = 0;
    const chunks: Chunk[] = slices.map((bytes, i) => {
      index += gaps[i]!;
      return { index, bytes };
    });
    return { chunks, options, ...rest };
  });
