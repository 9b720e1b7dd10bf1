import { readClips } from '@tributary/testkit';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Border, EndpointerOptions } from '../endpointer.js';
import { cutAt, noise, rms, tone } from '../fixtures/signals.js';
import { decodeWholeWav } from '../fixtures/whole-wav.js';
import { toInt16 } from '../samples.js';
import { SileroEndpointer } from './silero-endpointer.js';
import { SileroModel } from './silero-model.js';

vi.setConfig({ testTimeout: 60_000 });

const RATE = 16_000;
const GAP_SECONDS = 1.2;
const model = new SileroModel();
const usual: EndpointerOptions = { endpointingMs: 500, maxSegmentSeconds: 30 };
const endpointer = (options: Partial<EndpointerOptions> = {}) =>
  new SileroEndpointer(model, { ...usual, ...options });

const spoken = await readClips();
const clips = spoken.map(({ wav }) =>
  Float32Array.from(decodeWholeWav(wav.bytes), (sample) => sample / 32_768),
);
const [clip] = clips as [Float32Array, ...Float32Array[]];
const silence = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * RATE));
const join = (...parts: readonly Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));
const mix = (a: Float32Array, b: Float32Array) => a.map((value, i) => value + b[i]!);
const speechOf = (borders: Border[]) => borders.filter(({ kind }) => kind === 'speech');

/** Borders of a whole stream in 100 ms slices, one end-pointer after the other as a session uses them; in seconds. */
function cut(signal: Float32Array, options: Partial<EndpointerOptions> = {}): Border[] {
  const pcm = toInt16(signal);
  const borders: Border[] = [];
  for (let at = 0; at < pcm.length; ) {
    const one = endpointer(options);
    let border: Border | null = null;
    let until = 0;
    for (let next = at; next < pcm.length && border === null; next += 1_600) {
      border = one.push(pcm.subarray(next, next + 1_600));
      const { heard } = one;
      if (heard === null) continue;
      // What was fed to a recogniser stays valid.
      expect(heard.until).toBeGreaterThanOrEqual(until);
      until = heard.until;
    }
    border ??= one.flush()!;
    expect(border.start).toBeGreaterThanOrEqual(0);
    expect(border.end).toBeGreaterThan(border.start);
    if (border.kind === 'speech' && one.heard !== null) expect(border.start).toBe(one.heard.start);
    borders.push({ ...border, start: (at + border.start) / RATE, end: (at + border.end) / RATE });
    at += border.end;
  }
  return borders;
}

describe('SileroEndpointer', () => {
  const stream = join(silence(GAP_SECONDS), ...clips.flatMap((one) => [one, silence(GAP_SECONDS)]));
  const level = rms(clip);

  test.each([Number.POSITIVE_INFINITY, 20, 10, 5])('finds each sentence, noise %i dB below', (snrDb) => {
    const noisy = mix(stream, noise(stream.length, level * 10 ** (-snrDb / 20)));
    const speech = speechOf(cut(noisy));
    expect(speech).toHaveLength(clips.length);
    let begin = GAP_SECONDS;
    for (const [i, one] of clips.entries()) {
      const end = begin + one.length / RATE;
      expect(Math.abs(speech[i]!.start - begin)).toBeLessThan(0.5);
      expect(Math.abs(speech[i]!.end - end)).toBeLessThan(0.5);
      begin = end + GAP_SECONDS;
    }
  });

  test('says where a segment will begin and how far it surely reaches, and then ends there', () => {
    const one = endpointer();
    const pcm = toInt16(join(silence(1), clip, silence(1)));
    const border = one.push(pcm);
    expect(border?.kind).toBe('speech');
    expect(one.heard).toEqual({ start: border!.start, until: border!.end, mayEnd: true });
    expect(one.push(new Int16Array(100))).toEqual(border);
    expect(one.flush()).toEqual(border);
  });

  test.each(spoken.map(({ name }, i) => [name, i] as const))(
    'hears %s end with its last word, whatever breath and echo are behind it, and says so before it cuts',
    (_, i) => {
      const one = endpointer();
      const pcm = toInt16(join(clips[i]!, silence(1)));
      const windowMs = 32;
      const timeMs = { mayEnd: 0, cut: 0 };
      for (let at = 0; timeMs.cut === 0; at += 512) {
        const border = one.push(pcm.subarray(at, at + 512));
        if (border !== null) timeMs.cut = at / 16 + windowMs;
        if (one.heard?.mayEnd !== true) timeMs.mayEnd = 0;
        else timeMs.mayEnd ||= at / 16 + windowMs;
      }
      const wordEndMs = spoken[i]!.words.at(-1)!.end * 1_000;
      expect(Math.abs(timeMs.cut - 512 - wordEndMs)).toBeLessThan(100);
      // That is the time in which a recogniser can get ready.
      expect(timeMs.cut - timeMs.mayEnd).toBe(256);
    },
  );

  test('a pause ends where speech goes on, and no word that follows is lost', () => {
    // 0.1 s of the silence behind the last word, and 0.2 s of that before the first.
    const once = clip.subarray(0, Math.round((spoken[0]!.words.at(-1)!.end + 0.1) * RATE));
    const borders = speechOf(cut(join(once, clip, silence(1))));
    expect(borders).toHaveLength(1);
    expect(borders[0]!.end).toBeGreaterThan((once.length + clip.length) / RATE - 0.1);
  });

  test('waits as long as it is asked to', () => {
    const signal = join(clip, silence(0.6), clip, silence(2));
    expect(speechOf(cut(signal))).toHaveLength(2);
    expect(speechOf(cut(signal, { endpointingMs: 1_500 }))).toHaveLength(1);
    const hasty = speechOf(cut(signal, { endpointingMs: 64 }));
    expect(hasty.length).toBeGreaterThan(2);
  });

  test.each([
    ['digital silence', () => silence(20)],
    ['clicks', () => silence(20).map((_, i) => (i % 8_000 < 300 ? 0.5 : 0))],
    ['a constant offset', () => silence(20).fill(0.3)],
    ['a hum of 50 Hz', () => tone(50, RATE, 20, 0.1)],
    ['loud noise', () => noise(20 * RATE, 0.2)],
    ['the noise of a converter', () => noise(20 * RATE, 1 / 32_768)],
  ])('passes %s on every 5 s, as no speech', (_, signal) => {
    const borders = cut(signal());
    expect(speechOf(borders)).toEqual([]);
    for (const { start, end } of borders) expect(end - start).toBeLessThanOrEqual(5);
  });

  test('cuts speech without a pause at its greatest length, in the quietest place of the last 2 s', () => {
    const talk = join(clip, clip.subarray(8_000), clip, clip).map((value) => value || 0.001);
    const borders = speechOf(cut(talk, { maxSegmentSeconds: 5, endpointingMs: 5_000 }));
    expect(borders.length).toBeGreaterThan(4);
    for (const [i, { start, end }] of borders.entries()) {
      expect(end - start).toBeLessThanOrEqual(5);
      if (i > 0) expect(start).toBeCloseTo(borders[i - 1]!.end, 1);
      if (i === borders.length - 1) continue;
      const at = Math.round(end * RATE);
      expect(rms(talk.subarray(at - 500, at + 500))).toBeLessThan(level);
    }
  });

  test('gives everything so far when flushed', () => {
    expect(endpointer().flush()).toBeNull();
    expect(flushed(silence(0.5))).toEqual({ kind: 'silence', start: 0, end: 8_000 });
    expect(flushed(clip.subarray(0, 100))).toEqual({ kind: 'silence', start: 0, end: 100 });
    const half = clip.subarray(0, RATE);
    expect(flushed(join(silence(1), half))).toMatchObject({ kind: 'speech', end: 2 * RATE });
  });

  test('decides the same however the samples were sliced', () => {
    const pcm = toInt16(join(silence(0.7), clip, silence(1)));
    const whole = endpointer().push(pcm);
    expect(whole?.kind).toBe('speech');
    fc.assert(
      fc.property(fc.array(fc.nat(pcm.length), { maxLength: 60 }), (cuts) => {
        const one = endpointer();
        const borders = cutAt(pcm, cuts).map((slice) => one.push(slice));
        expect(borders.find((border) => border !== null)).toEqual(whole);
      }),
      { numRuns: 12 },
    );
  });

  test('loses no sample and keeps every limit, whatever it hears', () => {
    const part = fc.tuple(
      fc.constantFrom('silence', 'speech', 'noise', 'tone'),
      fc.integer({ min: 1, max: 40 }),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const signal = join(...parts.map(([kind, tenths]) => sound(kind, tenths / 10)));
        const borders = cut(signal, { maxSegmentSeconds: 3 });
        expect(borders.at(-1)?.end).toBe(signal.length / RATE);
        for (const { kind, start, end } of borders)
          expect(end - start).toBeLessThanOrEqual(kind === 'speech' ? 3 : 5);
      }),
      { numRuns: 15 },
    );
  });

  test('serves many sessions from one model, each with a memory of its own', () => {
    const pcm = toInt16(join(silence(0.3), clip, silence(1)));
    const alone = endpointer().push(pcm);
    const many = Array.from({ length: 20 }, () => endpointer());
    const found = many.map((): Border | null => null);
    for (let at = 0; at < pcm.length; at += 1_600) {
      for (const [i, one] of many.entries()) found[i] ??= one.push(pcm.subarray(at, at + 1_600));
    }
    for (const border of found) expect(border).toEqual(alone);
  });
});

function flushed(signal: Float32Array): Border | null {
  const one = endpointer();
  one.push(toInt16(signal));
  return one.flush();
}

function sound(kind: string, seconds: number): Float32Array {
  if (kind === 'speech') return clip.subarray(0, Math.round(seconds * RATE));
  if (kind === 'noise') return noise(Math.round(seconds * RATE), 0.1);
  return kind === 'tone' ? tone(300, RATE, seconds, 0.2) : silence(seconds);
}
