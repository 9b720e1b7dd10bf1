import { type SessionOptions, sessionOptions } from '@tributary/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENCODED, type Encoded, encoded } from '../audio/fixtures/encoded.js';
import { cutAt } from '../audio/fixtures/signals.js';
import { riffChunk, wavFile } from '../audio/fixtures/wav-file.js';
import { ENDPOINTERS, MAX_SEGMENT_SECONDS } from './fixtures/endpointers.js';
import { type Piece, pcmOf, pieces } from './fixtures/sounds.js';
import {
  answers,
  digest,
  finalizesAgain,
  type Gateways,
  gateways,
  listen,
  listenInTurns,
  logOf,
  promised,
  type Said,
  type Setup,
  type Share,
  shares,
} from './fixtures/spoken-log.js';

interface Material {
  options?: Partial<SessionOptions>;
  chunks: Said[];
}

/** The others differ from these in nothing that a session sees. */
const CONTAINERS = (Object.keys(ENCODED) as Encoded[]).filter(
  (name) => name !== 'MP4 with Opus' && name !== 'ADTS',
);
/** Their decoding takes longest. */
const SLOW = /^(MP3|MP4|M4A)/;
const NO_AUDIO = Buffer.from('this is certainly no audio, and long enough to tell');
const LIST = riffChunk('LIST', Buffer.alloc(600, 'INFO'));

/** Each makes the chunks of a session from the same generated pieces. */
const FORMATS: Record<string, (pieces: readonly Piece[]) => Material> = {
  'headerless, 16 kHz mono': ([piece]) => ({ chunks: cutAt(pcmOf(piece!.sounds), piece!.cuts) }),
  'headerless, 44.1 kHz stereo': ([piece]) => ({
    options: { format: { encoding: 's16le', sample_rate: 44_100, channels: 2 } },
    chunks: cutAt(pcmOf(piece!.sounds, 44_100, 2), piece!.cuts),
  }),
  'one WAV in slices': ([piece]) => {
    const { sounds: parts, cuts, kind } = piece!;
    const sampleRateHz = [16_000, 8_000, 44_100][kind % 3]!;
    const file = wavFile(pcmOf(parts, sampleRateHz), { sampleRateHz, ...(kind < 6 ? { after: LIST } : {}) });
    // One cut near the header, so that the file is not one whole chunk.
    return { chunks: cutAt(file, [(cuts[0] ?? 0) % 60, ...cuts]) };
  },
  'WAV headers on many chunks of one stream': (all) => ({
    options: { mode: 'stream' },
    chunks: all.flatMap(({ sounds: parts, cuts }) => cutAt(wavFile(pcmOf(parts)), cuts.slice(0, 3))),
  }),
  'whole recordings between slices': (all) => ({
    chunks: all.flatMap(({ sounds: parts, cuts, kind }) => {
      if (kind < 4) return [wavFile(pcmOf(parts))];
      return cutAt(kind < 8 ? pcmOf(parts) : wavFile(pcmOf(parts)), cuts.slice(0, 6));
    }),
  }),
  'recordings longer than a segment': (all) => ({
    chunks: all.map(({ sounds: parts, kind }) => {
      const sampleRateHz = kind < 10 ? 16_000 : 24_000;
      return wavFile(pcmOf([...parts, ...parts, ...parts], sampleRateHz), { sampleRateHz });
    }),
  }),
  'segments mode': (all) => ({
    options: { mode: 'segments' },
    chunks: all.flatMap(({ sounds: parts, kind }) => {
      const pcm = pcmOf(parts);
      return kind < 3 ? [wavFile(pcm)] : kind < 5 ? [new Uint8Array(0), pcm] : kind < 7 ? [NO_AUDIO] : [pcm];
    }),
  }),
  'silence without bytes, and segments ended by the client': (all) => ({
    options: { endpointingMs: 200 },
    chunks: all.flatMap(({ sounds: parts, cuts, kind }, i) => {
      const rateHz = kind % 2 === 0 || i > 0 ? 16_000 : 44_100;
      const slices = cutAt(pcmOf(parts, rateHz), cuts);
      const whole =
        i === 0 && rateHz === 44_100
          ? cutAt(wavFile(pcmOf(parts, rateHz), { sampleRateHz: rateHz }), cuts)
          : slices;
      return whole.flatMap((slice, at): Said[] => {
        const ms = cuts[at % (cuts.length + 1)] ?? 0;
        if (ms % 5 === 0) return [{ silenceMs: 1 + (ms % 900) }, slice];
        if (ms % 5 === 1) return [slice, { silenceMs: 1 + (ms % 4_000) }, { silenceMs: 20 }];
        return ms % 5 === 2 ? [slice, 'finalize'] : [slice];
      });
    }),
  }),
  'nothing but silence': ([piece]) => ({
    options: { endpointingMs: 200 },
    chunks: piece!.cuts.flatMap((cut, i): Said[] =>
      i % 7 === 6 ? ['finalize'] : [{ silenceMs: 1 + (cut % 900) }],
    ),
  }),
  'recordings, silence and finalize': (all) => ({
    chunks: all.flatMap(({ sounds: parts, kind }): Said[] => [
      wavFile(pcmOf(parts)),
      { silenceMs: 100 + kind },
      ...(kind % 2 === 0 ? (['finalize'] as const) : []),
    ]),
  }),
  ...Object.fromEntries(
    CONTAINERS.map((name) => [
      `${name}, recordings one behind the other`,
      (all: readonly Piece[]): Material => ({
        chunks: all.slice(0, 2).flatMap(({ cuts, kind }): Said[] => {
          const file = encoded(name);
          // Some break off, some are broken.
          const bytes = kind < 4 ? file.subarray(0, cuts[0] ?? 5_000) : file.slice();
          if (kind === 5) bytes.fill(0, bytes.length >> 1);
          const slices = cutAt(bytes, cuts);
          return kind < 8
            ? slices
            : slices.flatMap((slice, i) => (i % 3 === 1 ? [{ silenceMs: 300 }, slice] : [slice]));
        }),
      }),
    ]),
  ),
  'a stream that breaks': ([piece]) => {
    const { sounds: parts, cuts, kind } = piece!;
    const other = wavFile(pcmOf(parts, 8_000), { sampleRateHz: 8_000 });
    const file = cutAt(wavFile(pcmOf(parts)), cuts);
    // Long enough a rest for the marks that pass it.
    const rest = Array.from({ length: kind * 7 }, () => new Uint8Array(8));
    return {
      options: { mode: 'stream' },
      chunks: [...file, ...cutAt(other, cuts.slice(0, kind % 3)), ...rest],
    };
  },
};

function check(setup: Setup, chunks: readonly Said[], how: Gateways, turns: readonly Share[]): void {
  const log = logOf(chunks, how);
  const undisturbed = listen(setup, log);
  const expected = promised(log, undisturbed).map(digest);
  expect(expected.at(-1)).toMatchObject({ kind: 'end' });
  const disturbed = listenInTurns(setup, log, turns);
  expect(promised(log, disturbed).map(digest)).toEqual(expected);
  // Whatever was sent again, nobody who said finalize waits in vain.
  expect(answers(disturbed)).toBeGreaterThanOrEqual(answers(undisturbed) - finalizesAgain(log));
}

describe.each(Object.entries(ENDPOINTERS))(
  'a takeover at any mark, %s end-pointing',
  (_, createEndpointer) => {
    it.each(Object.entries(FORMATS))('%s', (name, material) => {
      fc.assert(
        fc.property(pieces, gateways, shares, (made, how, turns) => {
          const { options, chunks } = material(made);
          const all = { ...sessionOptions({ action: 'start' }), gapMs: 0, ...options };
          check(
            { options: all, maxSegmentSeconds: MAX_SEGMENT_SECONDS, createEndpointer },
            chunks,
            how,
            turns,
          );
        }),
        { numRuns: SLOW.test(name) ? 10 : 30 },
      );
    });
  },
);
