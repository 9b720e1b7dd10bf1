import {
  type Cluster,
  readClips,
  scrape,
  startCluster,
  sumOf,
  TestSocket,
  waitFor,
  wordErrorRate,
} from '@tributary/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RATE_HZ, slices } from '../speech.js';

const clips = await readClips();
/** Two short sentences. */
const SHORT = ['0880', '0930'];
const PAUSE_SECONDS = 1;
/** For recognisers on a machine that is busy elsewhere. */
const PATIENCE_MS = 150_000;
const BYTES_A_MS = (2 * RATE_HZ) / 1_000;

const named = (names: readonly string[]) =>
  clips.filter(({ name }) => names.some((one) => name.includes(one)));
/** With a pause behind each. */
const spoken = (some: typeof clips): Buffer =>
  Buffer.concat(some.flatMap(({ wav }) => [wav.pcm, Buffer.alloc(2 * PAUSE_SECONDS * RATE_HZ)]));

/** The default recogniser is sherpa where its model is, which `npm test` fetches. */
describe.each(['auto', 'pocketsphinx'])('continuous speech with ENGINE=%s', (engine) => {
  // pocketsphinx takes ten times as long: it hears the first sentence only.
  const sentences = engine === 'pocketsphinx' ? SHORT.slice(0, 1) : SHORT;
  const first = spoken(named(SHORT.slice(0, 1)));
  const speech = spoken(named(sentences));
  let cluster: Cluster;
  let sockets: TestSocket[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ env: { ENGINE: engine, ENGINE_PROCESSES: '2', LEASE_MS: '1000' } });
  }, 120_000);
  afterAll(async () => await cluster?.stop());
  afterEach(() => {
    for (const socket of sockets) socket.terminate();
    sockets = [];
  });

  interface Manner {
    options?: Record<string, unknown>;
    /** What is said, if not the short sentences. */
    said?: Buffer;
    /** Done behind each slice. */
    during?(socket: TestSocket, sent: number): Promise<void>;
  }

  async function open(): Promise<TestSocket> {
    const socket = await TestSocket.open(cluster.socketUrl);
    sockets.push(socket);
    return socket;
  }

  /** Sends the speech in slices; what came back, in order. */
  async function speak(
    sliceMs: number,
    { options = {}, said = speech, during }: Manner = {},
  ): Promise<TestSocket> {
    const socket = await open();
    const { sessionId } = await socket.start({ gap_ms: 0, ...options });
    for (const [i, slice] of slices(said, sliceMs * BYTES_A_MS).entries()) {
      socket.sendBinary(slice);
      await during?.(socket, i + 1);
    }
    socket.sendJson({ action: 'finish', session_id: sessionId });
    await socket.nextOf('final_result', () => true, PATIENCE_MS);
    return socket;
  }

  const segments = (socket: TestSocket) =>
    socket.all('chunk_result').map(({ text, start, end }) => ({ text, start, end }));

  let undisturbed: Promise<ReturnType<typeof segments>> | undefined;
  function undisturbedSegments(): Promise<ReturnType<typeof segments>> {
    undisturbed ??= speak(100).then(segments);
    return undisturbed;
  }

  it(
    'slices of any length give the same text',
    async () => {
      const others = await Promise.all(
        (engine === 'pocketsphinx' ? [20] : [20, 1_000]).map((ms) => speak(ms)),
      );
      const expected = await undisturbedSegments();
      expect(expected).toHaveLength(sentences.length);
      expect(expected.every(({ text }) => text !== '')).toBe(true);
      for (const other of others) {
        expect(segments(other)).toEqual(expected);
        expect(other.all('partial_result')).toEqual([]);
      }
    },
    PATIENCE_MS + 30_000,
  );

  it(
    'interim text comes while the segment is open, changes each time, and never behind its result',
    async () => {
      // In slices of 100 ms, without the pause behind it.
      const sentence = first.length / BYTES_A_MS / 100 - 10 * PAUSE_SECONDS;
      const socket = await speak(100, {
        options: { interim_results: true, interim_interval_ms: 50 },
        said: first,
        // As fast as it was spoken, and on a machine that is busy elsewhere no faster than it is heard.
        during: async (open, sent) => {
          await new Promise((resolve) => setTimeout(resolve, 100));
          const wanted = sent >= 0.7 * sentence ? 2 : sent >= 0.5 * sentence ? 1 : 0;
          const told = () => open.all('partial_result').length >= wanted;
          await waitFor(told, { timeoutMs: 30_000, what: `${wanted} interim texts` });
        },
      });
      const order = socket.received.flatMap((m) =>
        m.type === 'partial_result' || m.type === 'chunk_result' ? [m] : [],
      );
      const interim = order.filter((m) => m.type === 'partial_result');
      expect(interim.length).toBeGreaterThan(1);
      let segment = 0;
      let before = '';
      for (const message of order) {
        expect(message.segment_index).toBe(segment);
        if (message.type === 'partial_result') {
          expect(message.text).not.toBe(before);
          before = message.text;
        } else {
          segment++;
          before = '';
        }
      }
      expect(segment).toBeGreaterThan(0);
      const told = sumOf(
        await scrape(cluster.workers[0]!.url),
        'tributary_worker_interim_delay_seconds_count',
      );
      expect(told).toBeGreaterThanOrEqual(interim.length);
    },
    PATIENCE_MS + 30_000,
  );

  it(
    'a worker that is killed in the middle of a sentence changes no word of it',
    async () => {
      const middle = Math.round(first.length / BYTES_A_MS / 100 / 2);
      const disturbed = await speak(100, {
        options: { interim_results: true },
        during: async (socket, sent) => {
          if (sent !== middle) return;
          // It hears the sentence.
          await waitFor(() => socket.all('partial_result').length > 0, {
            timeoutMs: 20_000,
            what: 'interim text',
          });
          await cluster.workers[0]!.killHard();
          await cluster.workers[0]!.start();
        },
      });
      expect(segments(disturbed)).toEqual(await undisturbedSegments());
    },
    PATIENCE_MS + 30_000,
  );

  // pocketsphinx takes ten times as long.
  if (engine === 'pocketsphinx') return;

  it(
    'interim text comes no more often than was asked for',
    async () => {
      const times: number[] = [];
      let before = 0;
      await speak(100, {
        options: { interim_results: true, interim_interval_ms: 2_000 },
        said: clips[0]!.wav.pcm,
        during: async (socket) => {
          await new Promise((resolve) => setTimeout(resolve, 100));
          const told = socket.all('partial_result').length;
          if (told > before) times.push(performance.now());
          // A message may be late, and the next one not.
          expect(told - before).toBeLessThanOrEqual(2);
          before = told;
        },
      });
      const meanMs = (times.at(-1)! - times[0]!) / (before - 1);
      expect(before).toBeGreaterThan(1);
      expect(meanMs).toBeGreaterThan(1_500);
    },
    PATIENCE_MS + 30_000,
  );

  it(
    'who asks is told when somebody begins to speak, and when he pauses',
    async () => {
      const socket = await speak(100, { options: { speech_events: true } });
      const results = socket.all('chunk_result');
      expect(results).toHaveLength(SHORT.length);
      expect(socket.all('speech_started').map(({ start }) => start)).toEqual(
        results.map(({ start }) => start),
      );
      expect(socket.all('utterance_end').map(({ end }) => end)).toEqual(results.map(({ end }) => end));
      const told = socket.received.flatMap(({ type }) =>
        type === 'speech_started' || type === 'utterance_end' ? [type] : [],
      );
      expect(told).toEqual(SHORT.flatMap(() => ['speech_started', 'utterance_end']));
    },
    PATIENCE_MS,
  );

  it(
    'a language that no model knows is refused with the list of those that there are',
    async () => {
      const refusal = async () => {
        const socket = await open();
        socket.sendJson({ action: 'start', language: 'tlh' });
        const answer = await socket.next((m) => m.type === 'error' || m.type === 'ack');
        return answer.type === 'error' ? answer : null;
      };
      // A gateway knows the models of workers that have just started a little later.
      await expect.poll(refusal, { timeout: 20_000, interval: 500 }).toMatchObject({
        code: 'unknown_language',
        message: expect.stringMatching(/there are en$/),
      });
    },
    PATIENCE_MS,
  );

  it(
    'what is streamed is understood as well as whole recordings',
    async () => {
      const whole = await open();
      const { sessionId } = await whole.start({ mode: 'segments' });
      for (const { wav } of clips) whole.sendBinary(wav.bytes);
      whole.sendJson({ action: 'finish', session_id: sessionId });
      const streamed = await speak(100, { said: spoken(clips) });
      const reference = clips.map((clip) => clip.reference).join(' ');
      await whole.nextOf('final_result', () => true, PATIENCE_MS);
      const rateOf = (socket: TestSocket) =>
        wordErrorRate(
          reference,
          socket
            .all('final_result')
            .map(({ text }) => text)
            .join(' '),
        );
      expect(rateOf(whole)).toBeLessThan(0.4);
      expect(rateOf(streamed)).toBeLessThanOrEqual(rateOf(whole) + 0.02);
    },
    PATIENCE_MS + 30_000,
  );
});
