import { type SessionOptions, sessionOptions } from '@tributary/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpointer } from '../audio/endpointer.js';
import { TWO_CHANNELS, twoChannels } from '../audio/fixtures/encoded.js';
import { bytesOf, cutAt } from '../audio/fixtures/signals.js';
import { wavFile } from '../audio/fixtures/wav-file.js';
import { deinterleave } from '../audio/samples.js';
import { ENDPOINTERS, MAX_SEGMENT_SECONDS } from './fixtures/endpointers.js';
import type { HeardConclusion } from './fixtures/listener.js';
import { channelsOf, type Piece, pcmOf, pieces } from './fixtures/sounds.js';
import {
  answers,
  digest,
  finalizesAgain,
  gateways,
  listen,
  listenInTurns,
  logOf,
  PLAIN,
  promised,
  type Said,
  type Setup,
  shares,
} from './fixtures/spoken-log.js';

const RATE_HZ = 16_000;

interface Material {
  options?: Partial<SessionOptions>;
  chunks: Said[];
}

const described = (channels: number, sampleRateHz = RATE_HZ): Partial<SessionOptions> => ({
  format: { encoding: 's16le', sample_rate: sampleRateHz, channels },
});

/** Something else on every channel. */
function together(all: readonly Piece[], channels: number, rateHz = RATE_HZ): Uint8Array {
  const sounds = Array.from({ length: channels }, (_, c) => {
    const { sounds: parts } = all[c % all.length] as Piece;
    return [...parts.slice(c % parts.length), ...parts.slice(0, c % parts.length)];
  });
  return channelsOf(sounds, rateHz);
}

/** Chunks of silence and ends of segments among slices, as `kind` and `cuts` have it. */
function interrupted(slices: readonly Uint8Array[], { cuts }: Piece): Said[] {
  return slices.flatMap((slice, at): Said[] => {
    const ms = cuts[at % (cuts.length + 1)] ?? 0;
    if (ms % 4 === 0) return [{ silenceMs: 1 + (ms % 900) }, slice];
    if (ms % 4 === 1) return [slice, { silenceMs: 1 + (ms % 4_000) }];
    return ms % 4 === 2 ? [slice, 'finalize'] : [slice];
  });
}

const FORMATS: Record<string, (all: readonly Piece[]) => Material> = {
  'headerless, two channels': (all) => ({
    options: described(2),
    chunks: cutAt(together(all, 2), all[0]!.cuts),
  }),
  'headerless, eight channels of 24 kHz': (all) => ({
    options: described(8, 24_000),
    chunks: cutAt(together(all, 8, 24_000), all[0]!.cuts),
  }),
  'one channel': ([piece]) => ({ chunks: cutAt(pcmOf(piece!.sounds), piece!.cuts) }),
  'one WAV in slices': (all) => {
    const sampleRateHz = [16_000, 44_100][all[0]!.kind % 2]!;
    const file = wavFile(together(all, 2, sampleRateHz), { sampleRateHz, channels: 2 });
    return { chunks: cutAt(file, [20, ...all[0]!.cuts]) };
  },
  'silence without bytes, and segments ended by the client': (all) => ({
    options: { ...described(2), endpointingMs: 200 },
    chunks: interrupted(cutAt(together(all, 2), all[0]!.cuts), all[0]!),
  }),
  'whole recordings of one, two and three channels, and slices': (all) => ({
    chunks: all.flatMap(({ kind, cuts }): Said[] => {
      const channels = 1 + (kind % 3);
      const file = wavFile(together(all, channels), { channels });
      return kind < 7 ? [file] : [...cutAt(file, [20, ...cuts.slice(0, 6)]), 'finalize'];
    }),
  }),
  'recordings longer than a segment': (all) => ({
    chunks: all.map((piece) => {
      const pcm = together([{ ...piece, sounds: [piece, piece, piece].flatMap(({ sounds }) => sounds) }], 2);
      return wavFile(pcm, { channels: 2 });
    }),
  }),
  'segments mode': (all) => ({
    options: { mode: 'segments' },
    chunks: all.flatMap(({ kind }) => {
      const channels = 1 + (kind % 3);
      const whole = wavFile(together(all, channels), { channels });
      if (kind === 1) return [Buffer.from('this is certainly no audio, and long enough to tell')];
      return kind === 2 ? [wavFile(new Uint8Array(0), { channels })] : [whole];
    }),
  }),
  ...Object.fromEntries(
    (Object.keys(TWO_CHANNELS) as (keyof typeof TWO_CHANNELS)[]).map((name) => [
      `${name}, some of it broken`,
      ([piece]: readonly Piece[]): Material => {
        const { cuts, kind } = piece!;
        const file = twoChannels(name).slice();
        if (kind === 5) file.fill(0, file.length >> 1);
        return { chunks: interrupted(cutAt(file, cuts), piece!) };
      },
    ]),
  ),
};
/** Their decoding takes longest; each run of the tests tries others. */
const SLOW = /^(Ogg|FLAC|MP3|MP4|ADTS|headerless, eight|recordings|segments mode)/;

const optionsOf = (options: Partial<SessionOptions> = {}): SessionOptions => ({
  ...sessionOptions({ action: 'start' }),
  channels: 'separate',
  gapMs: 0,
  ...options,
});

const setupOf = (
  options: Partial<SessionOptions> | undefined,
  createEndpointer: () => Endpointer,
): Setup => ({
  options: optionsOf(options),
  maxSegmentSeconds: MAX_SEGMENT_SECONDS,
  createEndpointer,
});

/** What each channel comes to, and what is not of one channel; how channels follow on one another may differ. */
function byChannel(conclusions: readonly HeardConclusion[]): Record<string, object[]> {
  const channels: Record<string, object[]> = {};
  for (const conclusion of conclusions) {
    if (conclusion.kind === 'silence') continue;
    const { sample: _, ...rest } = digest(conclusion) as { sample: number };
    const channel = conclusion.kind === 'segment' ? conclusion.channel : 'all';
    channels[channel] = [...(channels[channel] ?? []), rest];
  }
  return channels;
}

describe.each(Object.entries(ENDPOINTERS))(
  'a takeover at any mark, %s end-pointing',
  (_, createEndpointer) => {
    it.each(Object.entries(FORMATS))('%s', (name, material) => {
      fc.assert(
        fc.property(pieces, gateways, shares, (made, how, turns) => {
          const { options, chunks } = material(made);
          const setup = setupOf(options, createEndpointer);
          const log = logOf(chunks, how);
          const undisturbed = listen(setup, log);
          const disturbed = listenInTurns(setup, log, turns);
          const expected = byChannel(promised(log, undisturbed));
          expect(expected.all?.at(-1)).toMatchObject({ kind: 'end' });
          expect(byChannel(promised(log, disturbed))).toEqual(expected);
          expect(answers(disturbed)).toBeGreaterThanOrEqual(answers(undisturbed) - finalizesAgain(log));
        }),
        { numRuns: SLOW.test(name) ? 4 : 20 },
      );
    });
  },
);

describe('channels', () => {
  const energy = ENDPOINTERS.energy as () => Endpointer;
  const segmentsOf = (conclusions: readonly HeardConclusion[]) =>
    conclusions.filter((conclusion) => conclusion.kind === 'segment');

  it('are each cut as they would be alone', () => {
    fc.assert(
      fc.property(pieces, (all) => {
        const pcm = together(all, 3);
        const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2);
        const alone = deinterleave(samples, 3).map((plane) => {
          const setup = { ...setupOf({ channels: 'mix', ...described(1) }, energy) };
          return segmentsOf(listen(setup, logOf(cutAt(bytesOf(plane), [3_000, 9_000]), PLAIN)));
        });
        const conclusions = listen(setupOf(described(3), energy), logOf(cutAt(pcm, [9_000, 27_000]), PLAIN));
        for (const [channel, segments] of alone.entries()) {
          const mine = segmentsOf(conclusions).filter((segment) => segment.channel === channel);
          const places = (list: typeof mine) =>
            list.map(({ startSample, endSample, pcm: heard }) => [startSample, endSample, [...heard]]);
          expect(places(mine)).toEqual(places(segments));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('are concluded in the order in which they were spoken, also within one chunk', () => {
    const noise = [{ kind: 'noise' as const, ms: 750, seed: 1 }];
    const log = logOf([channelsOf([noise, noise])], PLAIN);
    const conclusions = listen(setupOf(described(2), ENDPOINTERS.fixed as () => Endpointer), log);
    expect(segmentsOf(conclusions).map(({ channel }) => channel)).toEqual([0, 1, 0, 1, 0, 1]);
  });

  it('share one answer to finalize, which comes last', () => {
    const noise = [{ kind: 'noise' as const, ms: 500, seed: 1 }];
    const silence = [{ kind: 'silence' as const, ms: 500, seed: 1 }];
    const answered = (...sounds: (typeof noise | typeof silence)[]) =>
      segmentsOf(
        listen(setupOf(described(sounds.length), energy), logOf([channelsOf(sounds), 'finalize'], PLAIN)),
      ).map(({ channel, finalized }) => [channel, finalized]);
    expect(answered(noise, noise, noise)).toEqual([
      [0, false],
      [1, false],
      [2, true],
    ]);
    expect(answered(noise, silence)).toEqual([[0, true]]);
    expect(answered(silence, silence)).toEqual([[0, true]]);
  });

  it('of a recording get a segment each', () => {
    const chunks = [1, 2, 8, 3].map((channels) => {
      const parts = [{ kind: 'noise' as const, ms: 100, seed: channels }];
      return wavFile(channelsOf(Array.from({ length: channels }, () => parts)), { channels });
    });
    const conclusions = listen(setupOf({ mode: 'segments' }, energy), logOf(chunks, PLAIN));
    expect(segmentsOf(conclusions).map(({ firstChunk, channel }) => [firstChunk, channel])).toEqual(
      [1, 2, 8, 3].flatMap((channels, chunk) => Array.from({ length: channels }, (_, c) => [chunk, c])),
    );
    expect(conclusions.at(-1)).toMatchObject({ kind: 'end', body: { channels: 8, duration: 0.4 } });
  });
});

it('more than eight channels are refused', () => {
  const file = wavFile(new Uint8Array(9 * 2 * 100), { channels: 9 });
  const conclusions = listen(
    setupOf({ mode: 'stream' }, ENDPOINTERS.fixed as () => Endpointer),
    logOf([file], PLAIN),
  );
  expect(conclusions).toMatchObject([{ kind: 'error', code: 'too_many_channels' }, { kind: 'end' }]);
});
