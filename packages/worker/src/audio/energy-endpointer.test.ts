import { readClips } from '@tributary/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Border, EndpointerOptions, Heard } from './endpointer.js';
import { EnergyEndpointer } from './energy-endpointer.js';
import { cutAt, noise, rms, tone } from './fixtures/signals.js';
import { decodeWholeWav } from './fixtures/whole-wav.js';
import { toInt16 } from './samples.js';

const RATE = 16_000;

function endpointerWith(options: Partial<EndpointerOptions> = {}): EnergyEndpointer {
  return new EnergyEndpointer({ endpointingMs: 500, maxSegmentSeconds: 15, ...options });
}

/** Borders of a whole stream, one end-pointer after the other as a session uses them; times in seconds. */
function cut(signal: Float32Array, maxSegmentSeconds = 15): Border[] {
  const pcm = toInt16(signal);
  const borders: Border[] = [];
  for (let at = 0; at < pcm.length; ) {
    const endpointer = endpointerWith({ maxSegmentSeconds });
    const border = endpointer.push(pcm.subarray(at)) ?? endpointer.flush()!;
    expect(border.start).toBeGreaterThanOrEqual(0);
    expect(border.end).toBeGreaterThan(border.start);
    borders.push({ ...border, start: (at + border.start) / RATE, end: (at + border.end) / RATE });
    at += border.end;
  }
  return borders;
}

const speechOf = (borders: Border[]): Border[] => borders.filter((border) => border.kind === 'speech');
const silence = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * RATE));

function join(...parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

function mix(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]!);
}

/** Syllables: 180 ms of a vowel-like sound, four times a second. */
function babble(seconds: number, level = 0.2): Float32Array {
  const vowel = mix(tone(180, RATE, seconds, level), tone(720, RATE, seconds, level / 2));
  return vowel.map((value, i) => (i % 4_000 < 2_880 ? value * Math.sin((Math.PI * (i % 4_000)) / 2_880) : 0));
}

describe('EnergyEndpointer', () => {
  it('cuts behind speech and trims what is before it', () => {
    const borders = cut(join(silence(2), babble(3), silence(2)));
    expect(borders.map(({ kind }) => kind)).toEqual(['speech', 'silence']);
    expect(borders[0]!.start).toBeCloseTo(1.7, 1);
    expect(borders[0]!.end).toBeCloseTo(5.2, 1);
  });

  it('knows where the segment begins, and how far it reaches', () => {
    const endpointer = endpointerWith();
    endpointer.push(toInt16(silence(1)));
    expect(endpointer.heard).toBeNull();
    endpointer.push(toInt16(babble(0.5)));
    expect(endpointer.heard!.start / RATE).toBeCloseTo(0.7, 1);
    expect(endpointer.heard!.until / RATE).toBeCloseTo(1.5, 1);
  });

  it.each([500, 100])('has heard exactly the segment when it cuts at a pause, %i ms', (endpointingMs) => {
    const part = fc.tuple(fc.constantFrom('silence', 'babble', 'noise'), fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(200_000), { maxLength: 40 }),
        (parts, cuts) => {
          const signal = toInt16(join(...parts.map(([kind, tenths]) => sound(kind, tenths / 10))));
          const endpointer = endpointerWith({ endpointingMs });
          let pushed = 0;
          let before: Heard | null = null;
          for (const slice of cutAt(signal, cuts)) {
            const border = endpointer.push(slice);
            pushed += slice.length;
            const { heard } = endpointer;
            if (border?.kind === 'speech')
              expect([heard?.start, heard?.until]).toEqual([border.start, border.end]);
            if (border !== null) return;
            expect(heard?.until ?? 0).toBeLessThanOrEqual(pushed);
            // Once the background is known nothing is revised any more.
            if (before !== null) {
              expect(heard?.start).toBe(before.start);
              expect(heard!.until).toBeGreaterThanOrEqual(before.until);
            }
            if (pushed > RATE) before = heard;
          }
          const last = endpointer.flush();
          if (last?.kind === 'speech') expect(last.end).toBe(signal.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps the border it has found', () => {
    const endpointer = endpointerWith();
    const border = endpointer.push(toInt16(join(babble(1), silence(1))));
    expect(border?.kind).toBe('speech');
    expect(endpointer.push(new Int16Array(100))).toEqual(border);
    expect(endpointer.flush()).toEqual(border);
  });

  it('does not cut at pauses shorter than the silence asked for', () => {
    const signal = join(babble(2), silence(0.3), babble(2), silence(0.9), babble(2));
    expect(speechOf(cut(signal))).toHaveLength(2);
    const patient = endpointerWith({ endpointingMs: 1_500 });
    expect(patient.push(toInt16(signal))).toBeNull();
  });

  it('passes silence on every 5 s, and keeps 300 ms of it back', () => {
    expect(cut(silence(12)).map(({ kind, end }) => [kind, end])).toEqual([
      ['silence', 4.7],
      ['silence', 9.4],
      ['silence', 12],
    ]);
  });

  it.each([
    ['clicks', () => silence(10).map((_, i) => (i % 8_000 < 300 ? 0.5 : 0))],
    ['a constant offset', () => silence(10).fill(0.3)],
    ['a hum of 50 Hz', () => tone(50, RATE, 10, 0.1)],
    ['a hum of 120 Hz', () => tone(120, RATE, 10, 0.1)],
    ['a whistle', () => tone(2_000, RATE, 10, 0.3)],
    ['loud noise', () => noise(10 * RATE, 0.2)],
    ['the noise of a converter', () => noise(10 * RATE, 1 / 32_768)],
  ])('does not take %s for speech', (_, signal) => {
    // What is left at the end is too short to know the background by (see the test below).
    expect(speechOf(cut(signal()).slice(0, -1))).toEqual([]);
  });

  it('is not kept open by a hum that begins while somebody speaks', () => {
    const signal = join(babble(2), tone(120, RATE, 28, 0.1));
    const speech = speechOf(cut(signal, 30));
    expect(speech).toHaveLength(1);
    expect(speech[0]!.end).toBeLessThan(6);
  });

  it('cuts by force in the quietest place of the last 2 s', () => {
    const talk = babble(20).map((value, i) => (Math.abs(i - 8.8 * RATE) < 0.1 * RATE ? 0 : value));
    const [first] = cut(mix(talk, noise(talk.length, 0.001)), 10);
    expect(first!.end).toBeGreaterThan(8.7);
    expect(first!.end).toBeLessThan(8.9);
    for (const { start, end } of cut(talk, 10)) expect(end - start).toBeLessThanOrEqual(10);
  });

  it('gives everything so far when flushed', () => {
    const fresh = () => endpointerWith();
    expect(fresh().flush()).toBeNull();
    expect(flushed(fresh(), silence(0.5))).toEqual({ kind: 'silence', start: 0, end: 8_000 });
    expect(flushed(fresh(), babble(0.3))).toEqual({ kind: 'speech', start: 0, end: 4_800 });
    expect(flushed(fresh(), join(silence(1), babble(1)))).toMatchObject({ kind: 'speech', end: 32_000 });
  });

  it('takes a short steady sound for speech when nothing is known of the background', () => {
    const endpointer = endpointerWith();
    expect(flushed(endpointer, tone(300, RATE, 0.3, 0.2))?.kind).toBe('speech');
  });

  it('decides the same however the samples were sliced', () => {
    const pcm = toInt16(mix(join(silence(0.7), babble(1.5), silence(3)), noise(5.2 * RATE, 0.003)));
    const whole = endpointerWith().push(pcm);
    expect(whole?.kind).toBe('speech');
    fc.assert(
      fc.property(fc.array(fc.nat(pcm.length), { maxLength: 60 }), (cuts) => {
        const endpointer = endpointerWith();
        const borders = cutAt(pcm, cuts).map((slice) => endpointer.push(slice));
        expect(borders.find((border) => border !== null)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('loses no sample and keeps every limit, whatever it hears', () => {
    const part = fc.tuple(
      fc.constantFrom('silence', 'babble', 'noise', 'tone'),
      fc.integer({ min: 1, max: 40 }),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        const signal = join(...parts.map(([kind, tenths]) => sound(kind, tenths / 10)));
        const borders = cut(signal, 3);
        expect(borders.at(-1)?.end).toBe(signal.length / RATE);
        for (const { kind, start, end } of borders)
          expect(end - start).toBeLessThanOrEqual(kind === 'speech' ? 3 : 5);
      }),
      { numRuns: 40 },
    );
  });
});

const clips = (await readClips()).map(({ wav }) =>
  Float32Array.from(decodeWholeWav(wav.bytes), (sample) => sample / 32_768),
);

describe('EnergyEndpointer on real speech', () => {
  const gap = 1.2;
  const stream = join(silence(gap), ...clips.flatMap((clip) => [clip, silence(gap)]));
  const level = rms(clips[0] ?? silence(1));

  it.each([Number.POSITIVE_INFINITY, 30, 20, 15, 10])('finds each sentence, noise %i dB below', (snrDb) => {
    const speech = speechOf(cut(mix(stream, noise(stream.length, level * 10 ** (-snrDb / 20))), 30));
    expect(speech).toHaveLength(clips.length);
    let begin = gap;
    for (const [i, clip] of clips.entries()) {
      const end = begin + clip.length / RATE;
      expect(Math.abs(speech[i]!.start - begin)).toBeLessThan(0.45);
      expect(Math.abs(speech[i]!.end - end)).toBeLessThan(0.45);
      begin = end + gap;
    }
  });
});

function flushed(endpointer: EnergyEndpointer, signal: Float32Array): Border | null {
  endpointer.push(toInt16(signal));
  return endpointer.flush();
}

function sound(kind: string, seconds: number): Float32Array {
  if (kind === 'babble') return babble(seconds);
  if (kind === 'noise') return noise(Math.round(seconds * RATE), 0.1);
  return kind === 'tone' ? tone(300, RATE, seconds, 0.2) : silence(seconds);
}
