import { expect, it } from 'vitest';
import { MAX_CHUNK_SECONDS } from './chunk-limit.js';
import { encoded } from './fixtures/encoded.js';
import { joinBytes } from './join.js';
import { StreamDecoder } from './stream-decoder.js';

const RATE_HZ = 8_000;
const MULAW = { encoding: 'mulaw', sample_rate: RATE_HZ } as const;
const TOO_MUCH = 'more than 300 s of audio in one chunk';

it.each([
  ['mono', 1, 1],
  ['two channels, each for itself', 2, 2],
])('a chunk of samples holds five minutes of audio, and no more: %s', (_, channels, seconds) => {
  const perChannel = (MAX_CHUNK_SECONDS * RATE_HZ) / seconds;
  const push = (frames: number): Int16Array =>
    new StreamDecoder({ format: { ...MULAW, channels }, separate: true }).push(
      0,
      new Uint8Array(frames * channels).fill(0xff),
    );
  expect(push(perChannel).length).toBeGreaterThan((MAX_CHUNK_SECONDS - 1) * 16_000);
  expect(() => push(perChannel + RATE_HZ)).toThrow(TOO_MUCH);
});

it('a chunk that is compressed holds as much, also where its two channels are mixed: what it says up to there is heard', () => {
  const piece = encoded('MP3');
  const many = joinBytes(Array.from({ length: 110 }, () => piece));
  const decoder = new StreamDecoder({ format: 'auto' });
  const pcm = decoder.push(0, many);
  expect(decoder.failure?.message).toContain(TOO_MUCH);
  expect(pcm.length / 16_000).toBeCloseTo(MAX_CHUNK_SECONDS / 2, -1);
});
