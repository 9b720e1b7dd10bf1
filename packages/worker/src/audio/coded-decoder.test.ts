import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chromiumSlices, ENCODED, type Encoded, encoded, original } from './fixtures/encoded.js';
import { expectSame } from './fixtures/expect-same.js';
import { cutAt, likeness } from './fixtures/signals.js';
import { decodeWholeWav } from './fixtures/whole-wav.js';
import { joinBytes, joinPcm } from './join.js';
import { StreamDecoder } from './stream-decoder.js';

const NAMES = Object.keys(ENCODED) as Encoded[];
/** Whose decoding, with resampling, takes longest; each run of the tests tries others. */
const SLOW: readonly Encoded[] = ['MP3', 'MP4 in fragments', 'M4A', 'M4A with its index in front', 'ADTS'];
/** The identifier of WebM's track header. */
const TRACKS = '\x16\x54\xae\x6b';
const ORIGINAL = decodeWholeWav(original());

function decode(chunks: readonly Uint8Array[]): { pcm: Int16Array; decoder: StreamDecoder } {
  const decoder = new StreamDecoder({ format: 'auto' });
  const pcm = joinPcm([...chunks.map((bytes, index) => decoder.push(index, bytes)), decoder.flush()]);
  return { pcm, decoder };
}

describe('CodedDecoder', () => {
  it.each([
    ['Ogg', 56, 0, 0.97],
    ['WebM of ffmpeg', 56, 0, 0.97],
    // MP3 begins with the encoder's delay and ends with a whole frame.
    ['MP3', 1_300, 1_200, 0.98],
    ['FLAC', 0, 0, 0.999_999],
    ['MP4 with Opus', 320, 0, 0.97],
    // AAC, too.
    ['MP4 in fragments', 800, 600, 0.98],
    ['M4A', 800, 600, 0.95],
    ['M4A with its index in front', 800, 600, 0.95],
    ['ADTS', 800, 600, 0.95],
  ] as const)('decodes %s', (name, atMostLonger, maxLate, minLikeness) => {
    const { pcm, decoder } = decode([encoded(name)]);
    expect(decoder.failure).toBeNull();
    expect(pcm.length - ORIGINAL.length).toBeGreaterThanOrEqual(0);
    expect(pcm.length - ORIGINAL.length).toBeLessThanOrEqual(atMostLonger);
    expect(likeness(pcm, ORIGINAL, maxLate)).toBeGreaterThan(minLikeness);
  });

  it('decodes FLAC to the very samples', () => {
    expectSame(decode([encoded('FLAC')]).pcm, ORIGINAL);
  });

  it('decodes every slice of a MediaRecorder when it arrives', () => {
    const decoder = new StreamDecoder({ format: 'auto' });
    const samples = chromiumSlices().map((slice, index) => decoder.push(index, slice).length);
    // Its packets last 60 ms.
    for (const count of samples.slice(2)) expect(count).toBeGreaterThanOrEqual(960);
    expect(samples.reduce((sum, count) => sum + count, 0) % 960).toBe(0);
    expect(decoder.format).toMatchObject({ container: 'webm', encoding: 'opus', track: 1 });
  });

  it.each([
    ['WebM of Chromium', TRACKS, 0],
    ['WebM of ffmpeg', TRACKS, 0],
    ['MP4 in fragments', 'moov', 4],
    ['MP4 with Opus', 'moov', 4],
  ] as const)(
    'goes on from any position where the beginning of the next recording never came, %s',
    (name, id, before) => {
      const file = encoded(name);
      const index = Buffer.from(file).lastIndexOf(id, file.length >> 2, 'latin1') - before;
      const chunks = [file, file.subarray(index)];
      const { pcm, decoder } = decode(chunks);
      expect(decoder.failure).toBeNull();
      expect(pcm.length).toBeGreaterThan(1.9 * ORIGINAL.length);
      for (let sample = 0; sample < pcm.length; sample += 2_000) {
        const from = decoder.positionOf(sample);
        const next = new StreamDecoder({ format: 'auto', from });
        const rest = chunks.map((bytes, chunk) => next.push(chunk, bytes));
        expectSame(joinPcm([...rest, next.flush()]), pcm.subarray(sample));
      }
    },
  );

  describe.each(NAMES)('%s', (name) => {
    const file = encoded(name);
    const whole = decode([file]).pcm;

    it('gives the same samples however it is sliced', () => {
      fc.assert(
        fc.property(fc.array(fc.nat(file.length), { maxLength: 30 }), (cuts) => {
          expectSame(decode(cutAt(file, cuts)).pcm, whole);
        }),
        { numRuns: SLOW.includes(name) ? 5 : 20 },
      );
      const part = file.subarray(0, 9_000);
      expectSame(decode(Array.from(part, (byte) => Uint8Array.of(byte))).pcm, decode([part]).pcm);
    });

    it('goes on from any position as if nothing had happened', () => {
      const restarts = fc.record({
        cuts: fc.array(fc.nat(2 * file.length), { maxLength: 30 }),
        stopAfter: fc.nat(30),
        places: fc.tuple(fc.nat(), fc.nat()),
      });
      fc.assert(
        fc.property(restarts, ({ cuts, stopAfter, places }) => {
          const chunks = cutAt(joinBytes([file, file]), cuts);
          let from: ReturnType<StreamDecoder['positionOf']> | undefined;
          let reference: Int16Array | null = null;
          for (const place of [...places, 0]) {
            const decoder: StreamDecoder = new StreamDecoder({ format: 'auto', ...(from ? { from } : {}) });
            const first = decoder.sample;
            const begin = from?.chunk ?? 0;
            const given: Int16Array[] = [];
            const push = (indexes: readonly number[]): void => {
              for (const index of indexes) given.push(decoder.push(index, chunks[index]!));
            };
            const indexes = chunks.map((_, index) => index).filter((index) => index >= begin);
            push(indexes.slice(0, stopAfter));
            const sample = first + (place % (decoder.sample - first + 1));
            decoder.forget(sample);
            from = JSON.parse(JSON.stringify(decoder.positionOf(sample))) as typeof from;
            push(indexes.slice(stopAfter));
            const pcm = joinPcm([...given, decoder.flush()]);
            reference ??= pcm;
            expectSame(pcm, reference.subarray(first));
          }
        }),
        { numRuns: SLOW.includes(name) ? 4 : 15 },
      );
    });

    it('begins again with a header that comes again', () => {
      const { pcm, decoder } = decode([file, file.subarray(0, 7_000), file]);
      const part = decode([file.subarray(0, 7_000)]).pcm;
      expect(decoder.failure).toBeNull();
      // Resampled audio counts up at each end.
      expect(Math.abs(pcm.length - (whole.length + part.length + whole.length))).toBeLessThanOrEqual(2);
      expectSame(pcm.subarray(0, whole.length - 1_200), whole.subarray(0, whole.length - 1_200));
    });

    it('keeps what was heard before it broke', () => {
      const broken = file.slice();
      const half = file.length >> 1;
      broken.fill(0x00, half);
      const { pcm, decoder } = decode(cutAt(broken, [3_000, half, half + 3_000]));
      // MP3 and ADTS look for another frame for 64 KiB, and a FLAC frame that does not end might do so later.
      if (!['MP3', 'ADTS', 'FLAC'].includes(name))
        expect(decoder.failure).toMatchObject({ code: 'unsupported_audio' });
      // Its index went, too.
      if (name === 'M4A') return;
      const clean = decode([file.subarray(0, half)]).pcm;
      const heard = clean.length - 100;
      expect(clean.length).toBeGreaterThan(5_000);
      expectSame(pcm.subarray(0, heard), clean.subarray(0, heard));
    });

    it('survives any damage, in bounded memory', () => {
      const damages = fc.array(
        fc.record({ at: fc.nat(file.length), bytes: fc.uint8Array({ maxLength: 40 }), drop: fc.nat(60) }),
        { minLength: 1, maxLength: 6 },
      );
      fc.assert(
        fc.property(damages, fc.array(fc.nat(file.length), { maxLength: 8 }), (all, cuts) => {
          let bytes = file;
          for (const { at, bytes: put, drop } of all) {
            bytes = joinBytes([bytes.subarray(0, at), put, bytes.subarray(at + drop)]);
          }
          const decoder = new StreamDecoder({ format: 'auto' });
          let samples = 0;
          try {
            for (const [index, slice] of cutAt(bytes, cuts).entries())
              samples += decoder.push(index, slice).length;
          } catch (error) {
            expect(error).toMatchObject({ code: 'unsupported_audio' });
            return;
          }
          samples += decoder.flush().length;
          expect(decoder.sample).toBe(samples);
          expect(samples).toBeLessThan(20 * whole.length);
        }),
        { numRuns: SLOW.includes(name) ? 15 : 60 },
      );
    });
  });
});
