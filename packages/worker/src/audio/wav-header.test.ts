import { TributaryError } from '@tributary/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENCODINGS, riffChunk, wavFile } from './fixtures/wav-file.js';
import { isCompleteWav, parseWavHeader } from './wav-header.js';

const DATA = new Uint8Array(480);

function patched(offset: number, value: number, bytes: 1 | 2 | 4): Uint8Array {
  const file = Buffer.from(wavFile(DATA));
  file.writeUIntLE(value, offset, bytes);
  return file;
}

describe('parseWavHeader', () => {
  it.each(ENCODINGS.flatMap((encoding) => [false, true].map((extensible) => ({ encoding, extensible }))))(
    'reads $encoding, extensible: $extensible',
    ({ encoding, extensible }) => {
      const file = wavFile(DATA, { encoding, extensible, channels: 2, sampleRateHz: 44_100 });
      expect(parseWavHeader(file)).toEqual({
        format: { container: 'wav', encoding, channels: 2, sampleRateHz: 44_100 },
        dataOffset: extensible ? 68 : 44,
        dataBytes: 480,
      });
    },
  );

  it('skips other chunks, with their pad byte', () => {
    const file = wavFile(DATA, { before: riffChunk('LIST', new Uint8Array(25)) });
    expect(parseWavHeader(file)).toMatchObject({ dataOffset: 44 + 34, dataBytes: 480 });
  });

  it.each([0, 0xffff_ffff])('takes a length of %i as unknown', (declaredBytes) => {
    expect(parseWavHeader(wavFile(DATA, { declaredBytes }))?.dataBytes).toBeNull();
  });

  it('wants more until the header is whole', () => {
    const file = wavFile(DATA, { before: riffChunk('LIST', new Uint8Array(25)) });
    for (let length = 0; length < 78; length++) expect(parseWavHeader(file.subarray(0, length))).toBeNull();
    expect(parseWavHeader(file.subarray(0, 78))).not.toBeNull();
  });

  it('refuses nine channels by a code of its own', () => {
    expect(() => parseWavHeader(patched(22, 9, 2))).toThrow(
      expect.objectContaining({ code: 'too_many_channels' }),
    );
  });

  it.each([
    ['no channels', patched(22, 0, 2)],
    ['a rate too low', patched(24, 3_999, 4)],
    ['a rate too high', patched(24, 192_001, 4)],
    ['odd bits', patched(34, 12, 2)],
    ['an unknown tag', patched(20, 85, 2)],
    ['a block align that lies', patched(32, 4, 2)],
    ['a short fmt chunk', patched(16, 14, 4)],
    ['an endless chunk before the data', patched(16, 0x7fff_ffff, 4)],
    ['no WAVE', patched(8, 0, 1)],
    ['data before the format', Buffer.concat([wavFile(DATA).subarray(0, 12), riffChunk('data', DATA)])],
    ['a header above 64 KiB', wavFile(DATA, { before: riffChunk('JUNK', new Uint8Array(65_500)) })],
  ])('refuses %s', (_, file) => {
    expect(() => parseWavHeader(file)).toThrow(expect.objectContaining({ code: 'unsupported_audio' }));
  });

  it('only ever answers or refuses, whatever the bytes', () => {
    const base = wavFile(DATA);
    const flips = fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
    fc.assert(
      fc.property(flips, fc.nat(base.length), (changes, length) => {
        const file = base.slice(0, length);
        for (const [at, value] of changes) if (at < file.length) file[at] = value;
        try {
          const header = parseWavHeader(file);
          if (header !== null) expect(header.dataOffset).toBeLessThanOrEqual(file.length);
        } catch (error) {
          expect(error).toBeInstanceOf(TributaryError);
        }
      }),
    );
  });
});

describe('isCompleteWav', () => {
  const list = riffChunk('LIST', new Uint8Array(26));

  it('is true for files whose data is all there', () => {
    expect(isCompleteWav(wavFile(DATA))).toBe(true);
    expect(isCompleteWav(wavFile(DATA, { before: list, after: list }))).toBe(true);
    expect(isCompleteWav(wavFile(new Uint8Array(7), { encoding: 'u8' }))).toBe(true);
    expect(isCompleteWav(wavFile(new Uint8Array(7), { encoding: 'u8', after: list }))).toBe(true);
  });

  it.each([
    ['promises more', wavFile(DATA, { declaredBytes: 481 })],
    ['does not say', wavFile(DATA, { declaredBytes: 0 })],
    ['counts short', wavFile(DATA, { declaredBytes: 100 })],
    ['is absurd', patched(22, 0, 2)],
    ['is cut off', wavFile(DATA).subarray(0, 40)],
    ['is none', DATA],
    ['is empty', new Uint8Array(0)],
  ])('is false when the header %s', (_, file) => {
    expect(isCompleteWav(file)).toBe(false);
  });
});
