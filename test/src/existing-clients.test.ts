import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Clip,
  type Cluster,
  readClips,
  startCluster,
  TestSocket,
  waitFor,
  wavFile,
  wordErrors,
} from '@tributary/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DesktopClient, expectReadable, sendSlices } from './field-clients.js';
import { chunk, noise, slices, textOf, textsOf } from './speech.js';

interface History {
  total: number;
  records: { session_id: string; user_id: string; text: string; status: string; chunk_count: number }[];
}

async function history(url: string): Promise<History> {
  const response = await fetch(`${url}/api/v1/history?limit=10`);
  expect(response.status).toBe(200);
  return (await response.json()) as History;
}

describe('clients in the field, with text that is exactly known', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ env: { ENGINE: 'synthetic' } });
  });
  afterAll(async () => await cluster?.stop());

  it('desktop: one socket, many recordings, a WAV file in each chunk', async () => {
    const client = await DesktopClient.open(cluster.socketUrl);
    const spoken = [[0.3, 2.5, 1.7], [0.2], [10, 0.75], [1, 1, 1, 1], [4.321]].map((lengths, recording) =>
      lengths.map((seconds, index) => noise(seconds, 10 * recording + index)),
    );
    const running: Promise<void>[] = [];
    for (const [number, stretches] of spoken.entries()) {
      const { sessionId, done } = client.record(stretches.map((pcm) => wavFile(pcm)));
      const checked = done.then(({ final, results }) => {
        expect(results.map((result) => [result.chunk_index, result.text])).toEqual(
          stretches.map((pcm, index) => [index, textOf(pcm)]),
        );
        const samples = stretches.reduce((sum, pcm) => sum + pcm.length / 2, 0);
        expect(final).toMatchObject({
          session_id: sessionId,
          text: stretches.map(textOf).join(' '),
          duration: Math.round(samples / 16) / 1_000,
          chunk_count: stretches.length,
        });
      });
      running.push(checked);
      // Every second recording begins while the one before it is still owed its final result.
      if (number % 2 === 1) await checked;
    }
    await Promise.all(running);
    const acks = client.socket.all('ack');
    expect(acks.filter((ack) => ack.status === 'session_started')).toHaveLength(spoken.length);
    expect(acks.filter((ack) => ack.status === 'received')).toHaveLength(spoken.flat().length);
    expect(client.socket.all('error')).toEqual([]);
    expectReadable(client.socket.received);
    await client.socket.close();
  });

  it('test client: base64 text of one WAV file in slices, each acknowledged within a second', async () => {
    const pcm = noise(7.1, 77);
    const sent = await sendSlices(cluster.socketUrl, wavFile(pcm));
    expect(sent.slices).toBeGreaterThan(4);
    expect(sent.answered).toBe(sent.slices);
    expect(sent.recording.results.map((result) => result.text)).toEqual(textsOf(pcm));
    expect(sent.recording.final).toMatchObject({
      text: textsOf(pcm).join(' '),
      duration: 7.1,
      chunk_count: sent.slices,
    });
    expect(sent.socket.all('error')).toEqual([]);
    expectReadable(sent.socket.received);
    await sent.socket.close();
  });

  it('test client: slices that end in the middle of a sample', async () => {
    // 24 bits a sample: 37,500 bytes less a header of 44 are no whole number of samples.
    const pcm = noise(5, 78);
    const wide = Buffer.alloc((pcm.length / 2) * 3);
    for (let i = 0; i < pcm.length / 2; i++) pcm.copy(wide, i * 3 + 1, i * 2, i * 2 + 2);
    const wav = wavFile(wide);
    wav.writeUInt32LE(48_000, 28);
    wav.writeUInt16LE(3, 32);
    wav.writeUInt16LE(24, 34);
    const { recording, socket } = await sendSlices(cluster.socketUrl, wav);
    expect(recording.final).toMatchObject({ text: textsOf(pcm).join(' '), duration: 5 });
    await socket.close();
  });

  it('end-to-end client: headerless chunks 10 ms apart, and its session in history at once', async () => {
    for (const seed of [90, 91, 92]) {
      const socket = await TestSocket.open(`${cluster.socketUrl}?uid=e2e_tester&device_id=script`);
      const sessionId = `test-session-${randomBytes(4).toString('hex')}`;
      const pcm = noise(2.35, seed);
      const chunks = slices(pcm, 3_200);
      await socket.start({ session_id: sessionId });
      for (const [index, audio] of chunks.entries()) {
        socket.sendJson(chunk(sessionId, index, audio));
        await sleep(10);
      }
      socket.sendJson({ action: 'finish', session_id: sessionId });
      const final = await socket.nextOf('final_result');
      const { records, total } = await history(cluster.url);
      const record = records.find((one) => one.session_id === sessionId);
      expect(record).toMatchObject({ user_id: 'e2e_tester' });
      expect(total).toBeGreaterThanOrEqual(records.length);
      expect(final).toMatchObject({
        text: textsOf(pcm).join(' '),
        duration: 2.35,
        chunk_count: chunks.length,
      });
      const stored = await waitFor(
        async () =>
          (await history(cluster.url)).records.find(
            (one) => one.session_id === sessionId && one.status === 'completed',
          ),
        { what: 'the completed session in history' },
      );
      expect(stored).toMatchObject({ text: final.text, chunk_count: chunks.length });
      expectReadable(socket.received);
      await socket.close();
    }
  });
});

/** The default recogniser is sherpa where its model is, which `npm test` fetches. pocketsphinx takes ten times as long. */
describe('clients in the field, with real speech', { timeout: 120_000 }, () => {
  let cluster: Cluster;
  let clips: Clip[];
  beforeAll(async () => {
    clips = (await readClips()).toSorted((a, b) => a.wav.seconds - b.wav.seconds).slice(0, 2);
    cluster = await startCluster({ env: { ENGINE: 'auto' } });
  });
  afterAll(async () => await cluster?.stop());

  it('desktop: recordings of people reading', async () => {
    const client = await DesktopClient.open(cluster.socketUrl);
    const recordings = await Promise.all(clips.map((clip) => client.record([clip.wav.bytes]).done));
    const errors = recordings.map(({ final, results }, i) => {
      expect(final.text).toBe(results.map((result) => result.text).join(' '));
      expect(final.duration).toBeCloseTo(clips[i]!.wav.seconds, 2);
      return wordErrors(clips[i]!.reference, final.text);
    });
    expect(rate(errors)).toBeLessThan(0.6);
    expectReadable(client.socket.received);
    await client.socket.close();
  });

  it('test client: a recording in slices', async () => {
    const clip = clips[1]!;
    const { recording, socket } = await sendSlices(cluster.socketUrl, clip.wav.bytes);
    expect(rate([wordErrors(clip.reference, recording.final.text)])).toBeLessThan(0.6);
    await socket.close();
  });
});

function rate(errors: readonly { errors: number; words: number }[]): number {
  const sum = (key: 'errors' | 'words') => errors.reduce((total, one) => total + one[key], 0);
  return sum('errors') / sum('words');
}
