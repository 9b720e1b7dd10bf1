import { readFileSync } from 'node:fs';
import type { ChunkResult } from '@tributary/shared';
import { type Cluster, readClips, startCluster, TestSocket, testdataFile, waitFor } from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { noise, RATE_HZ, slices, textOf, textsOf } from '../speech.js';
import { encodeWav, floats, S16 } from '../wav-variants.js';

const FINAL_MS = 100_000;
/** For a machine that is busy elsewhere. */
const PATIENT = { timeoutMs: 30_000 };
const BYTES_A_MS = (2 * RATE_HZ) / 1_000;
const SEPARATE = { channels: 'separate', gap_ms: 0 };

let sockets: TestSocket[] = [];
afterEach(() => {
  for (const socket of sockets) socket.terminate();
  sockets = [];
});

/** Samples of two channels, one of each in turn. */
function stereo(left: Buffer, right: Buffer): Buffer {
  const both = Buffer.alloc(left.length + right.length);
  for (let at = 0; at < left.length; at += 2) {
    both.writeInt16LE(left.readInt16LE(at), 2 * at);
    both.writeInt16LE(right.readInt16LE(at), 2 * at + 2);
  }
  return both;
}

const raw = (channels: number) => ({ format: { encoding: 's16le', sample_rate: RATE_HZ, channels } });

/** Sends frames in a session of their own; `during` is waited for behind each of them. */
async function speak(
  url: string,
  frames: readonly Buffer[],
  start: Record<string, unknown>,
  during: (socket: TestSocket, sent: number) => Promise<void> = () => Promise.resolve(),
): Promise<{ socket: TestSocket; sessionId: string }> {
  const socket = await TestSocket.open(url);
  sockets.push(socket);
  const { sessionId } = await socket.start(start);
  for (const [i, frame] of frames.entries()) {
    socket.sendBinary(frame);
    await during(socket, i + 1);
  }
  socket.sendJson({ action: 'finish', session_id: sessionId });
  await socket.nextOf('final_result', () => true, FINAL_MS);
  return { socket, sessionId };
}

const said = (results: readonly ChunkResult[]) =>
  results.map(({ text, start, end }) => ({ text, start, end }));
const ofChannel = (socket: TestSocket, channel: number) =>
  said(socket.all('chunk_result').filter((result) => result.channel === channel));
const finalOf = (socket: TestSocket) => socket.all('final_result')[0]!;

async function killWorkers(cluster: Cluster): Promise<void> {
  for (const worker of cluster.workers) {
    await worker.killHard();
    await worker.start();
  }
}

/** The default one: sherpa where its model is, which `npm test` fetches. */
describe('two speakers at once, with a real recogniser', { timeout: 240_000 }, () => {
  let cluster: Cluster;
  /** Of the same length, both with a pause at the end. */
  let left: Buffer;
  let right: Buffer;
  beforeAll(async () => {
    cluster = await startCluster({
      env: { ENGINE: 'auto', ENGINE_PROCESSES: '2', LEASE_MS: '1000' },
    });
    const clips = await readClips();
    const [first, second] = ['0880', '0930'].map((name) => {
      const clip = clips.find((one) => one.name.includes(name));
      if (clip === undefined) throw new Error(`no clip ${name}`);
      return clip.wav.pcm;
    }) as [Buffer, Buffer];
    const bytes = Math.max(first.length, second.length) + 1_000 * BYTES_A_MS;
    left = Buffer.concat([first, Buffer.alloc(bytes - first.length)]);
    right = Buffer.concat([second, Buffer.alloc(bytes - second.length)]);
  }, 60_000);
  afterAll(async () => await cluster?.stop());
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') console.error(cluster.logs());
  });

  it('each channel has the text it has alone, though the worker is killed in mid-sentence', async () => {
    const alone = await Promise.all(
      [left, right].map(async (pcm) => {
        const { socket } = await speak(cluster.socketUrl, slices(pcm, 100 * BYTES_A_MS), {
          ...raw(1),
          gap_ms: 0,
        });
        return said(socket.all('chunk_result'));
      }),
    );
    for (const segments of alone) expect(segments.some(({ text }) => text !== '')).toBe(true);
    expect(alone[0]).not.toEqual(alone[1]);

    const frames = slices(stereo(left, right), 2 * 100 * BYTES_A_MS);
    const options = { ...SEPARATE, ...raw(2), interim_results: true, speech_events: true };
    const { socket, sessionId } = await speak(cluster.socketUrl, frames, options, async (open, sent) => {
      if (sent !== Math.round(frames.length / 3)) return;
      const heard = () =>
        [0, 1].every((channel) => open.all('partial_result').some((m) => m.channel === channel));
      await waitFor(heard, { ...PATIENT, what: 'interim text of both channels' });
      await killWorkers(cluster);
    });
    for (const channel of [0, 1]) expect(ofChannel(socket, channel)).toEqual(alone[channel]);
    const final = finalOf(socket);
    expect(final.channels).toEqual(
      alone.map((segments, channel) => ({ channel, text: segments.map(({ text }) => text).join(' ') })),
    );
    const results = socket.all('chunk_result');
    expect(final.text).toBe(results.map(({ text }) => text).join(' '));
    expect(results.map(({ segment_index }) => segment_index)).toEqual(results.map((_, i) => i));
    for (const type of ['speech_started', 'utterance_end'] as const) {
      expect(new Set(socket.all(type).map(({ channel }) => channel)), type).toEqual(new Set([0, 1]));
    }
    // What is stored says the same.
    await waitFor(
      async () => {
        const { status, completed_at, chunks, final_text } = await sessionOf(cluster, sessionId);
        if (status !== 'completed' || completed_at === null) return false;
        expect(final_text).toBe(final.text);
        expect(chunks.map(({ channel, text }) => [channel, text])).toEqual(
          results.map(({ channel, text }) => [channel, text]),
        );
        return true;
      },
      { what: 'the stored session' },
    );
  });
});

interface StoredSession {
  status: string;
  completed_at: string | null;
  final_text: string;
  chunks: { channel: number | null; text: string }[];
}

async function sessionOf(cluster: Cluster, sessionId: string): Promise<StoredSession> {
  const answer = await fetch(`${cluster.url}/api/v1/session/${sessionId}`);
  return (await answer.json()) as StoredSession;
}

describe('channels in every form', { timeout: 90_000 }, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ env: { ENGINE: 'synthetic', LEASE_MS: '1000' }, workers: 2 });
  }, 60_000);
  afterAll(async () => await cluster?.stop());

  const left = noise(2.4, 1);
  const right = noise(2.4, 2);
  const texts = [left, right].map(textsOf);

  it('a WAV file in slices: both channels to the last bit, in one order', async () => {
    const wav = encodeWav(floats(stereo(left, right)), S16, RATE_HZ, 1);
    wav.writeUInt16LE(2, 22);
    wav.writeUInt32LE(RATE_HZ * 4, 28);
    wav.writeUInt16LE(4, 32);
    const { socket } = await speak(cluster.socketUrl, slices(wav, 9_999), SEPARATE);
    expect(socket.all('error')).toEqual([]);
    for (const channel of [0, 1]) {
      expect(ofChannel(socket, channel).map(({ text }) => text)).toEqual(texts[channel]);
    }
    expect(socket.all('chunk_result').map(({ channel }) => channel)).toEqual([0, 1, 0, 1, 0, 1]);
    expect(finalOf(socket)).toMatchObject({
      text: texts[0]!.flatMap((text, i) => [text, texts[1]![i]]).join(' '),
      channels: [0, 1].map((channel) => ({ channel, text: texts[channel]!.join(' ') })),
      duration: 2.4,
    });
    // As a file of its own, in one chunk.
    const whole = await speak(cluster.socketUrl, [wav], SEPARATE);
    expect(ofChannel(whole.socket, 1)).toEqual([{ text: textOf(right), start: 0, end: 2.4 }]);
    expect(whole.socket.all('chunk_result')).toHaveLength(2);
  });

  it('one channel is channel 0; mixed audio says nothing of channels', async () => {
    const mono = await speak(cluster.socketUrl, slices(left, 9_998), { ...SEPARATE, ...raw(1) });
    expect(ofChannel(mono.socket, 0).map(({ text }) => text)).toEqual(texts[0]);
    expect(finalOf(mono.socket).channels).toEqual([{ channel: 0, text: texts[0]!.join(' ') }]);
    const mixed = await speak(cluster.socketUrl, slices(stereo(left, right), 9_996), {
      ...raw(2),
      gap_ms: 0,
    });
    expect(mixed.socket.all('chunk_result').every((result) => !('channel' in result))).toBe(true);
    expect(finalOf(mixed.socket)).not.toHaveProperty('channels');
  });

  it('workers killed in the middle of every container: both channels as if nothing had happened', async () => {
    const files = ['two.ogg', 'two.mp3', 'two.flac', 'two.aac', 'two.mp4'].map((name) => ({
      name,
      frames: slices(readFileSync(testdataFile(`encoded/${name}`)), 1_500),
    }));
    // The same death for all of them: workers take longer to start than to decode.
    const arrived = new Set<string>();
    let restarted: Promise<void> | undefined;
    const killed = await Promise.all(
      files.map(({ name, frames }) =>
        speak(cluster.socketUrl, frames, SEPARATE, async (open, sent) => {
          if (sent !== Math.round(frames.length * 0.8)) return;
          await waitFor(() => open.all('chunk_result').length >= 2, {
            ...PATIENT,
            what: `two segments of ${name}`,
          });
          arrived.add(name);
          await waitFor(() => arrived.size === files.length, { ...PATIENT, what: 'the other containers' });
          restarted ??= killWorkers(cluster);
          await restarted;
        }),
      ),
    );
    for (const [i, { name, frames }] of files.entries()) {
      const undisturbed = (await speak(cluster.socketUrl, frames, SEPARATE)).socket;
      expect(undisturbed.all('error'), name).toEqual([]);
      const { socket } = killed[i]!;
      expect(socket.all('error'), name).toEqual([]);
      for (const channel of [0, 1]) {
        expect(ofChannel(undisturbed, channel).length, name).toBeGreaterThanOrEqual(3);
        expect(ofChannel(socket, channel), name).toEqual(ofChannel(undisturbed, channel));
      }
      expect(finalOf(socket).channels, name).toEqual(finalOf(undisturbed).channels);
    }
  });

  it('more than eight channels are refused in the stream', async () => {
    const wav = encodeWav(floats(left), S16, RATE_HZ, 9);
    const { socket } = await speak(cluster.socketUrl, slices(wav, 9_999), SEPARATE);
    expect(socket.all('error')).toMatchObject([{ code: 'too_many_channels', seq: 1 }]);
    expect(finalOf(socket)).toMatchObject({ text: '', channels: [{ channel: 0, text: '' }] });
  });
});
