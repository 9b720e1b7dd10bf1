import type { FinalResult } from '@tributary/shared';
import { type Cluster, readClips, startCluster, TestSocket, wordErrorRate, words } from '@tributary/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunk, noise, slices, textOf, textsOf } from './speech.js';
import { encodeWav, F32, F64, floats, raiseRate, S16, S24, S32, U8 } from './wav-variants.js';

const FINAL_MS = 100_000;

/** Sends chunks in a session of their own; says all that was received. */
async function transcribe(
  url: string,
  chunks: readonly Buffer[],
  start: Record<string, unknown> = {},
): Promise<{ final: FinalResult; socket: TestSocket }> {
  const socket = await TestSocket.open(url);
  try {
    const { sessionId } = await socket.start(start);
    for (const [index, audio] of chunks.entries()) socket.sendJson(chunk(sessionId, index, audio));
    socket.sendJson({ action: 'finish', session_id: sessionId });
    const final = await socket.nextOf('final_result', () => true, FINAL_MS);
    expect(socket.all('error')).toEqual([]);
    return { final, socket };
  } finally {
    socket.terminate();
  }
}

describe('WAV files of every kind are as long as they are', () => {
  /** In slices, more than one segment of the synthetic engine. */
  const SECONDS = 1.4;
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ env: { ENGINE: 'synthetic' } });
  });
  afterAll(async () => await cluster?.stop());

  const KINDS = [U8, S16, S24, S32, F32, F64];
  const RATES = [8_000, 11_025, 16_000, 22_050, 44_100, 48_000];

  for (const [place, kind] of KINDS.entries()) {
    it(`${kind.name}, 8 kHz to 48 kHz, mono and stereo, whole and in slices`, async () => {
      for (const [i, rateHz] of RATES.entries()) {
        // Each kind in mono and in stereo, and each rate too.
        const channels = 1 + ((place + i) % 2);
        const mono = Float32Array.from(
          { length: Math.round(rateHz * SECONDS) },
          (_, frame) => Math.sin(frame / 9) / 2,
        );
        const wav = encodeWav(mono, kind, rateHz, channels);
        const what = `${kind.name} ${rateHz} Hz ${channels} channels`;
        const whole = await transcribe(cluster.socketUrl, [wav]);
        expect(whole.final.duration, what).toBeCloseTo(SECONDS, 2);
        expect(whole.socket.all('chunk_result'), what).toHaveLength(1);
        const sliced = await transcribe(cluster.socketUrl, slices(wav, 9_999), { gap_ms: 0 });
        expect(sliced.final.duration, what).toBe(whole.final.duration);
        expect(sliced.socket.all('chunk_result').at(-1)?.end, what).toBe(whole.final.duration);
      }
    });
  }

  it('16 kHz loses not a bit, however it is written', async () => {
    const pcm = noise(SECONDS, 1);
    for (const kind of [S16, S24, S32, F32, F64]) {
      for (const channels of [1, 2]) {
        const wav = encodeWav(floats(pcm), kind, 16_000, channels);
        const what = `${kind.name}, ${channels} channels`;
        expect((await transcribe(cluster.socketUrl, [wav])).final.text, what).toBe(textOf(pcm));
        const sliced = await transcribe(cluster.socketUrl, slices(wav, 9_999), { gap_ms: 0 });
        expect(sliced.final.text, what).toBe(textsOf(pcm).join(' '));
      }
    }
  });
});

/** The shortest, with the default recogniser where it will do: pocketsphinx takes ten times as long. */
const clip = (await readClips()).toSorted((a, b) => a.wav.seconds - b.wav.seconds)[0]!;

describe('with the default recogniser', { timeout: 120_000 }, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ env: { ENGINE: 'auto' } });
  });
  afterAll(async () => await cluster?.stop());

  it('speech at a higher rate, in stereo and with other samples, has the same words', async () => {
    const mono = floats(clip.wav.pcm);
    const [original, wide, float] = await Promise.all([
      transcribe(cluster.socketUrl, [clip.wav.bytes]),
      transcribe(cluster.socketUrl, [encodeWav(raiseRate(mono, 16_000, 48_000), S24, 48_000, 2)]),
      transcribe(cluster.socketUrl, [encodeWav(raiseRate(mono, 16_000, 44_100), F32, 44_100, 1)]),
    ]);
    expect(words(original.final.text).length).toBeGreaterThan(3);
    for (const { final } of [wide, float]) {
      expect(wordErrorRate(original.final.text, final.text)).toBeLessThan(0.25);
      expect(final.duration).toBeCloseTo(clip.wav.seconds, 2);
    }
  });

  it('mode segments answers each chunk once, silence with empty text', async () => {
    const silence = Buffer.alloc(16_000);
    const half = clip.wav.pcm.length / 4;
    const speech = clip.wav.pcm.subarray(0, 2 * Math.floor(half));
    const { final, socket } = await transcribe(cluster.socketUrl, [silence, speech, silence, silence], {
      mode: 'segments',
    });
    const results = socket.all('chunk_result');
    expect(results.map((m) => [m.chunk_index, m.segment_index, m.text === ''])).toEqual([
      [0, 0, true],
      [1, 1, false],
      [2, 2, true],
      [3, 3, true],
    ]);
    expect(final.text).toBe(results[1]!.text);
  });
});

/** The default model does not tell when each word was said. */
describe('with pocketsphinx', { timeout: 120_000 }, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ env: { ENGINE: 'pocketsphinx' } });
  });
  afterAll(async () => await cluster?.stop());

  it('words come with their times when asked for, and only then', async () => {
    const pause = Buffer.alloc(32_000);
    const pcm = Buffer.concat([pause, clip.wav.pcm, pause, pause]);
    const [asked, unasked] = await Promise.all([
      transcribe(cluster.socketUrl, slices(pcm, 3_200), { words: true }),
      transcribe(cluster.socketUrl, slices(pcm, 3_200)),
    ]);
    expect(asked.final.text).toBe(unasked.final.text);
    const results = asked.socket.all('chunk_result');
    expect(results.length).toBeGreaterThan(0);
    for (const { text, words: timed = [], start, end } of results) {
      expect(timed.map((one) => one.word).join(' ')).toBe(text);
      let before = start;
      for (const one of timed) {
        expect(one.start).toBeGreaterThanOrEqual(before - 0.001);
        expect(one.end).toBeGreaterThan(one.start);
        before = one.start;
      }
      expect(timed.at(-1)!.end).toBeLessThanOrEqual(end + 0.05);
    }
    // Times count from the beginning of the session: the pause of a second comes first.
    expect(results[0]!.words![0]!.start).toBeGreaterThan(0.6);
    for (const result of unasked.socket.all('chunk_result')) expect(result).not.toHaveProperty('words');
  });
});
