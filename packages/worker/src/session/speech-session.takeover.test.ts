import { type SessionOptions, sessionOptions } from '@tributary/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpointer } from '../audio/endpointer.js';
import { EnergyEndpointer } from '../audio/energy-endpointer.js';
import { FixedEndpointer } from '../audio/fixed-endpointer.js';
import { bytesOf, cutAt, noise, tone } from '../audio/fixtures/signals.js';
import { riffChunk, wavFile } from '../audio/fixtures/wav-file.js';
import { toInt16 } from '../audio/samples.js';
import {
  digest,
  type Gateways,
  gateways,
  listen,
  listenInTurns,
  logOf,
  type Setup,
  type Share,
  shares,
} from './fixtures/spoken-log.js';

/** Short, so that a few seconds of sound hold many segments and long recordings are cut. */
const MAX_SEGMENT_SECONDS = 2;

const ENDPOINTERS: Record<string, () => Endpointer> = {
  fixed: () => new FixedEndpointer(4_000),
  energy: () => new EnergyEndpointer({ maxSegmentSeconds: MAX_SEGMENT_SECONDS, endpointingMs: 200 }),
};

interface Sound {
  kind: 'tone' | 'noise' | 'silence';
  ms: number;
  seed: number;
}

const sounds: fc.Arbitrary<Sound[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('tone', 'noise', 'silence'),
    ms: fc.integer({ min: 30, max: 900 }),
    seed: fc.integer({ min: 1, max: 1_000 }),
  }),
  { minLength: 1, maxLength: 6 },
);

/** Samples of all channels, at a rate; the second channel is the first one, softer. */
function pcmOf(parts: readonly Sound[], rateHz: number, channels: number): Int16Array {
  const mono = parts.flatMap(({ kind, ms, seed }) => {
    const seconds = ms / 1_000;
    if (kind === 'tone') return [...tone(150 + seed, rateHz, seconds, 0.3)];
    if (kind === 'noise') return [...noise(Math.round(rateHz * seconds), 0.1, seed)];
    return [...new Float32Array(Math.round(rateHz * seconds))];
  });
  const all = mono.flatMap((value) => Array.from({ length: channels }, (_, c) => value / (c + 1)));
  return toInt16(Float32Array.from(all));
}

interface Material {
  options: Partial<SessionOptions>;
  chunks: Uint8Array[];
}

/** Cuts anywhere, odd bytes and empty slices included. */
const cuts = fc.array(fc.nat(400_000), { minLength: 1, maxLength: 25 });

const FORMATS: Record<string, fc.Arbitrary<Material>> = {
  'headerless, 16 kHz mono': fc.tuple(sounds, cuts).map(([parts, at]) => ({
    options: {},
    chunks: cutAt(bytesOf(pcmOf(parts, 16_000, 1)), at),
  })),
  'headerless, 44.1 kHz stereo': fc.tuple(sounds, cuts).map(([parts, at]) => ({
    options: { format: { encoding: 's16le' as const, sample_rate: 44_100, channels: 2 } },
    chunks: cutAt(bytesOf(pcmOf(parts, 44_100, 2)), at),
  })),
  'one WAV in slices': fc
    .tuple(sounds, cuts, fc.constantFrom(16_000, 8_000, 44_100), fc.nat(60), fc.boolean())
    .map(([parts, at, sampleRateHz, header, trailer]) => ({
      options: {},
      chunks: cutAt(
        wavFile(bytesOf(pcmOf(parts, sampleRateHz, 1)), {
          sampleRateHz,
          ...(trailer ? { after: riffChunk('LIST', Buffer.alloc(600, 'INFO')) } : {}),
        }),
        // One cut within the header; without it a short file might be one whole chunk.
        [header + 1, ...at],
      ),
    })),
  'WAV headers on every chunk of one stream': fc
    .array(fc.tuple(sounds, cuts), { minLength: 1, maxLength: 4 })
    .map((files) => ({
      options: { mode: 'stream' as const },
      chunks: files.flatMap(([parts, at]) => cutAt(wavFile(bytesOf(pcmOf(parts, 16_000, 1))), at.slice(0, 3))),
    })),
  'whole recordings between slices': fc
    .array(fc.tuple(sounds, cuts, fc.boolean()), { minLength: 1, maxLength: 4 })
    .map((pieces) => ({
      options: {},
      chunks: pieces.flatMap(([parts, at, whole]) => {
        const pcm = bytesOf(pcmOf(parts, 16_000, 1));
        return whole ? [wavFile(pcm)] : cutAt(pcm, at.slice(0, 6));
      }),
    })),
  'a recording longer than a segment': fc.tuple(sounds, sounds).map(([parts, more]) => ({
    options: {},
    chunks: [parts, more].map((sound) =>
      wavFile(bytesOf(pcmOf([...sound, ...more, ...sound, ...more], 24_000, 1)), { sampleRateHz: 24_000 }),
    ),
  })),
  'segments mode': fc
    .array(fc.tuple(sounds, fc.constantFrom('raw', 'wav', 'empty', 'bad')), { minLength: 1, maxLength: 6 })
    .map((pieces) => ({
      options: { mode: 'segments' as const },
      chunks: pieces.map(([parts, kind]) => {
        const pcm = bytesOf(pcmOf(parts, 16_000, 1));
        if (kind === 'bad') return Buffer.from('this is certainly no audio, and long enough to tell');
        return kind === 'wav' ? wavFile(pcm) : kind === 'empty' ? Buffer.alloc(0) : pcm;
      }),
    })),
  'a stream that breaks': fc.tuple(sounds, cuts, fc.nat(3)).map(([parts, at, tail]) => {
    const file = wavFile(bytesOf(pcmOf(parts, 16_000, 1)));
    const other = wavFile(bytesOf(pcmOf(parts, 8_000, 1)), { sampleRateHz: 8_000 });
    return {
      options: { mode: 'stream' as const },
      chunks: [...cutAt(file, at), other, ...cutAt(file, at.slice(0, tail))],
    };
  }),
};

function check(setup: Setup, chunks: readonly Uint8Array[], how: Gateways, turns: readonly Share[]): void {
  const log = logOf(chunks, how);
  const undisturbed = listen(setup, log).map(digest);
  expect(undisturbed.at(-1)).toMatchObject({ kind: 'end' });
  expect(listenInTurns(setup, log, turns).map(digest)).toEqual(undisturbed);
}

describe.each(Object.entries(ENDPOINTERS))('a takeover at any mark, %s end-pointing', (_, createEndpointer) => {
  it.each(Object.entries(FORMATS))('%s', (__, materials) => {
    fc.assert(
      fc.property(materials, gateways, shares, ({ options, chunks }, how, turns) => {
        const all = { ...sessionOptions({ action: 'start' }), gapMs: 0, ...options };
        check({ options: all, maxSegmentSeconds: MAX_SEGMENT_SECONDS, createEndpointer }, chunks, how, turns);
      }),
      { numRuns: 80 },
    );
  });
});
