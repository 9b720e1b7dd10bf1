import {
  type Cluster,
  readClips,
  startCluster,
  type TempFolder,
  TestSocket,
  tempFolder,
  waitFor,
} from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { SAMPLE_RATE_HZ } from '../engine.js';
import { play } from './toys/notes.js';
import { HOMOPHONE, spelled, writeToy } from './toys/write-toy.js';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

/* Sessions of a whole cluster whose workers serve two streaming models. */

let folder: TempFolder;
let cluster: Cluster;
let sockets: TestSocket[] = [];

beforeAll(async () => {
  folder = await tempFolder('toys');
  await writeToy('online-transducer', folder.path);
  await writeToy('online-zipformer2-ctc', folder.path);
  cluster = await startCluster({
    env: { ENGINE: 'sherpa', MODELS_DIR: folder.path, ENGINE_PROCESSES: '1', LEASE_MS: '1000' },
  });
});
afterAll(async () => {
  await cluster?.stop();
  await folder?.remove();
});
afterEach(() => {
  for (const socket of sockets) socket.terminate();
  sockets = [];
});

async function open(): Promise<TestSocket> {
  const socket = await TestSocket.open(cluster.socketUrl);
  sockets.push(socket);
  return socket;
}

const asked = (options: object) => ({
  mode: 'segments',
  format: { encoding: 's16le', sample_rate: SAMPLE_RATE_HZ, channels: 1 },
  words: true,
  ...options,
});

/** What is recognised of two notes: one at 0.5 s, the other at 1.3 s. */
async function recognised(notes: readonly [number, number], options: object) {
  const socket = await open();
  const { sessionId } = await socket.start(asked(options));
  const pcm = play([
    [null, 0.5],
    [notes[0], 0.4],
    [null, 0.4],
    [notes[1], 0.4],
    [null, 0.3],
  ]);
  socket.sendBinary(Buffer.from(pcm.buffer));
  socket.sendJson({ action: 'finish', session_id: sessionId });
  await socket.nextOf('final_result', () => true, 50_000);
  const [result] = socket.all('chunk_result');
  return result!;
}

test('a session is heard by the first model that knows its language, and its result has words with times', async () => {
  const english = await recognised([1, 4], { language: 'en-GB' });
  expect(english.text).toBe(spelled('online-zipformer2-ctc', [1, 4]));
  const chinese = await recognised([1, 4], { language: 'zh' });
  expect(chinese.text).toBe(spelled('online-transducer', [1, 4]));
  for (const { words } of [english, chinese]) {
    expect(words).toHaveLength(2);
    expect(Math.abs(words![0]!.start - 0.5)).toBeLessThanOrEqual(0.12);
    expect(Math.abs(words![1]!.start - 1.3)).toBeLessThanOrEqual(0.12);
  }
  // A transducer says how sure it is.
  expect(chinese.words?.every(({ confidence }) => confidence !== undefined)).toBe(true);
  expect(chinese.confidence).toBeGreaterThan(0);
});

test('hot words are those of one session', async () => {
  const wanted = { language: 'zh', hot_words: [HOMOPHONE] };
  const plain = spelled('online-transducer', [0, 2]);
  const heard = await Promise.all([
    recognised([0, 2], wanted),
    recognised([0, 2], { language: 'zh' }),
    recognised([0, 2], { ...wanted, model: 'toy-online-transducer' }),
  ]);
  const hot = plain.replace(spelled('online-transducer', [0]), HOMOPHONE);
  expect(heard.map(({ text }) => text)).toEqual([hot, plain, hot]);
});

test('hot words are refused, with the models that take them, where the model would not use them', async () => {
  const refusal = async () => {
    const socket = await open();
    socket.sendJson({ action: 'start', ...asked({ language: 'en', hot_words: ['Elinor'] }) });
    const answer = await socket.next((m) => m.type === 'error' || m.type === 'ack');
    return answer.type === 'error' ? answer : null;
  };
  // A gateway knows the models of workers that have just started a little later.
  await expect.poll(refusal, { timeout: 20_000, interval: 500 }).toMatchObject({
    code: 'hot_words_unsupported',
    message: expect.stringMatching('are toy-online-transducer$'),
  });
});

/** A sentence, which these models hear notes in, sent in slices; what came back. */
async function spoken(sliceMs: number, options: object = {}, during?: (socket: TestSocket) => Promise<void>) {
  const [clip] = await readClips();
  const speech = Buffer.concat([clip!.wav.pcm, Buffer.alloc(2 * SAMPLE_RATE_HZ)]);
  const sliceBytes = (2 * SAMPLE_RATE_HZ * sliceMs) / 1_000;
  const socket = await open();
  const { sessionId } = await socket.start({ ...asked(options), mode: 'stream', gap_ms: 0 });
  for (let at = 0; at < speech.length; at += sliceBytes) {
    socket.sendBinary(speech.subarray(at, at + sliceBytes));
    if (at < clip!.wav.pcm.length / 2 && at + sliceBytes >= clip!.wav.pcm.length / 2) await during?.(socket);
  }
  socket.sendJson({ action: 'finish', session_id: sessionId });
  await socket.nextOf('final_result', () => true, 60_000);
  return {
    segments: socket.all('chunk_result').map(({ text, start, end, words }) => ({ text, start, end, words })),
    interims: socket.all('partial_result').map(({ text }) => text),
  };
}

test('continuous speech has the same text in slices of any length, also after a worker was killed', async () => {
  const languages = ['zh', 'en'];
  const expected = await Promise.all(
    languages.map(async (language) => {
      const [undisturbed, ...others] = await Promise.all(
        [100, 20, 1_000].map((ms) => spoken(ms, { language })),
      );
      const { segments } = undisturbed!;
      expect(segments.map(({ text }) => text).join('').length, language).toBeGreaterThan(10);
      for (const other of others) expect(other.segments, language).toEqual(segments);
      return segments;
    }),
  );
  // Both models' sessions live through the same death.
  const arrived = new Set<TestSocket>();
  let restarted: Promise<void> | undefined;
  const disturbed = await Promise.all(
    languages.map((language) =>
      spoken(100, { language, interim_results: true }, async (socket) => {
        const heard = (): boolean => socket.all('partial_result').length > 0;
        await waitFor(heard, { timeoutMs: 30_000, what: 'interim text in the middle of the sentence' });
        arrived.add(socket);
        await waitFor(() => arrived.size === languages.length, {
          timeoutMs: 30_000,
          what: 'the other session',
        });
        restarted ??= restartWorker();
        await restarted;
      }),
    ),
  );
  for (const [i, { segments, interims }] of disturbed.entries()) {
    expect(segments, languages[i]).toEqual(expected[i]);
    expect(interims[0], languages[i]).not.toBe('');
  }
});

async function restartWorker(): Promise<void> {
  await cluster.workers[0]!.killHard();
  await cluster.workers[0]!.start();
}
