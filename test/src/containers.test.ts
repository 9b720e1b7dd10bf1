import type { FinalResult } from '@tributary/shared';
import {
  type Clip,
  type Cluster,
  readClips,
  startCluster,
  TestSocket,
  waitFor,
  wordErrorRate,
  words,
} from '@tributary/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIP, chromiumSlices, encodedClip, toMulaw } from './encoded-clip.js';
import { slices } from './speech.js';

const FINAL_MS = 100_000;
/** For a machine that is busy elsewhere. */
const PATIENT = { timeoutMs: 30_000 };

/** A way to send a recording: its name, its slices, and what `start` says of it. */
type Encoded = readonly [name: string, frames: (clip: Clip) => Buffer[], start?: Record<string, unknown>];

/** Streams binary frames in a session of their own. `between` is waited for before each of them. */
async function stream(
  url: string,
  frames: readonly Buffer[],
  start: Record<string, unknown> = {},
  between: (n: number, socket: TestSocket) => Promise<void> = () => Promise.resolve(),
): Promise<{ final: FinalResult; socket: TestSocket }> {
  const socket = await TestSocket.open(url);
  try {
    const { sessionId } = await socket.start({ gap_ms: 0, ...start });
    for (const [n, frame] of frames.entries()) {
      await between(n, socket);
      socket.socket.send(frame);
    }
    socket.sendJson({ action: 'finish', session_id: sessionId });
    const final = await socket.nextOf('final_result', () => true, FINAL_MS);
    return { final, socket };
  } finally {
    socket.terminate();
  }
}

async function restartWorkers(cluster: Cluster): Promise<void> {
  for (const worker of cluster.workers) {
    await worker.killHard();
    await worker.start();
  }
}

const clip = (await readClips()).find(({ name }) => name === CLIP)!;

describe('containers in slices', { timeout: 120_000 }, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ env: { ENGINE: 'synthetic', LEASE_MS: '1000' }, workers: 2 });
  });
  afterAll(async () => await cluster?.stop());

  it('workers killed in the middle of every container: text as if nothing had happened', async () => {
    const containers: readonly Encoded[] = [
      ['WebM of a MediaRecorder', () => chromiumSlices()],
      ['Ogg', () => slices(encodedClip('ogg'), 500)],
      ['MP3', () => slices(encodedClip('mp3'), 1_000)],
      ['FLAC', () => slices(encodedClip('flac'), 2_000)],
      ['MP4 in fragments', () => slices(encodedClip('mp4'), 1_500)],
      ['ADTS', () => slices(encodedClip('aac'), 1_000)],
    ];
    // The same death for all of them: workers take longer to start than to decode.
    const arrived = new Set<string>();
    let restarted: Promise<void> | undefined;
    const killed = await Promise.all(
      containers.map(([name, frames]) => {
        const all = frames(clip);
        return stream(cluster.socketUrl, all, {}, async (n, socket) => {
          if (n !== Math.round(all.length * 0.7)) return;
          // The header's chunk is behind the mark, and trimmed, by now.
          await waitFor(() => socket.all('chunk_result').length >= 4, {
            ...PATIENT,
            what: `four segments of ${name}`,
          });
          arrived.add(name);
          await waitFor(() => arrived.size === containers.length, {
            ...PATIENT,
            what: 'the other containers',
          });
          restarted ??= restartWorkers(cluster);
          await restarted;
        });
      }),
    );
    for (const [i, [name, frames]] of containers.entries()) {
      const undisturbed = await stream(cluster.socketUrl, frames(clip));
      expect(undisturbed.socket.all('error'), name).toEqual([]);
      const expected = undisturbed.final.text.split(' ');
      expect(expected.length, name).toBeGreaterThanOrEqual(7);
      const { final, socket } = killed[i]!;
      expect(socket.all('error'), name).toEqual([]);
      expect(final.text.split(' '), name).toEqual(expected);
      expect(final.duration, name).toBe(undisturbed.final.duration);
    }
  });

  it('broken audio ends one stream and no other', async () => {
    const broken = chromiumSlices();
    broken[30] = Buffer.alloc(600);
    const [bad, good, same] = await Promise.all([
      stream(cluster.socketUrl, broken),
      stream(cluster.socketUrl, chromiumSlices()),
      stream(cluster.socketUrl, chromiumSlices()),
    ]);
    expect(bad.socket.all('error')).toMatchObject([{ code: 'unsupported_audio', chunk_index: 30 }]);
    // What was heard before stays: 30 slices of two Opus packets of 60 ms each.
    expect(bad.final.text.split(' ').slice(0, 2)).toEqual(good.final.text.split(' ').slice(0, 2));
    expect(bad.final.duration).toBeGreaterThan(3.4);
    expect(bad.final.duration).toBeLessThan(3.61);
    expect(same.final.text).toBe(good.final.text);
    expect(good.socket.all('error')).toEqual([]);
  });

  it('a MediaRecorder that is started again goes on', async () => {
    const once = await stream(cluster.socketUrl, chromiumSlices());
    const twice = await stream(cluster.socketUrl, [...chromiumSlices(), ...chromiumSlices()]);
    expect(twice.socket.all('error')).toEqual([]);
    expect(twice.final.duration).toBeCloseTo(2 * once.final.duration, 2);
    const seconds = Math.floor(once.final.duration);
    expect(twice.final.text.split(' ').slice(0, seconds)).toEqual(
      once.final.text.split(' ').slice(0, seconds),
    );
  });

  it('in mode segments each chunk may be a whole file', async () => {
    const files = [
      encodedClip('ogg'),
      encodedClip('flac'),
      encodedClip('mp3'),
      encodedClip('m4a'),
      Buffer.concat(chromiumSlices()),
    ];
    const { final, socket } = await stream(cluster.socketUrl, files, { mode: 'segments' });
    expect(socket.all('error')).toEqual([]);
    expect(socket.all('chunk_result').map((result) => result.chunk_index)).toEqual([0, 1, 2, 3, 4]);
    expect(final.duration).toBeGreaterThan(5 * 7);
  });

  it('an M4A file that ends before its index is an error', async () => {
    const { socket } = await stream(cluster.socketUrl, slices(encodedClip('m4a').subarray(0, 30_000), 4_000));
    expect(socket.all('error')).toMatchObject([
      { code: 'unsupported_audio', message: expect.stringContaining('index') },
    ]);
  });
});

const MULAW = { format: { encoding: 'mulaw', sample_rate: 16_000, channels: 1 } };
const OTHERS: readonly Encoded[] = [
  ['Ogg', () => slices(encodedClip('ogg'), 400)],
  ['FLAC', () => slices(encodedClip('flac'), 1_600)],
  ['MP4 in fragments', () => slices(encodedClip('mp4'), 1_200)],
];
const LOSSY: readonly Encoded[] = [
  ['WebM of Chromium', () => chromiumSlices()],
  ['MP3', () => slices(encodedClip('mp3'), 800)],
  ['µ-law', (clip) => slices(toMulaw(clip.wav.pcm), 1_600), MULAW],
];

/** The default recogniser is sherpa where its model is, which `npm test` fetches. pocketsphinx takes ten times as long. */
describe.each([
  ['the default recogniser', 'auto', [...LOSSY, ...OTHERS]],
  ['pocketsphinx', 'pocketsphinx', LOSSY.slice(0, 1)],
] as const)('with %s', { timeout: 180_000 }, (_, ENGINE, encodings) => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ env: { ENGINE, ENGINE_PROCESSES: '1' } });
  });
  afterAll(async () => await cluster?.stop());

  it('the same sentence has the same words however it was encoded', async () => {
    const wav = await stream(cluster.socketUrl, slices(clip.wav.bytes, 3_200));
    const wrong = wordErrorRate(clip.reference, wav.final.text);
    expect(words(wav.final.text).length).toBeGreaterThan(15);
    const rates: { name: string; rate: number }[] = [];
    // One after the other: a recogniser that is late has too many at once.
    for (const [name, frames, start] of encodings) {
      const { final } = await stream(cluster.socketUrl, frames(clip), start);
      rates.push({ name, rate: wordErrorRate(clip.reference, final.text) });
    }
    for (const { name, rate } of rates) expect(Math.abs(rate - wrong), name).toBeLessThanOrEqual(0.05);
  });
});
