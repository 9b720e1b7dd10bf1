import { type TempFolder, tempFolder } from '@tributary/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { plainOptions, recognise } from '../fixtures/recognise.js';
import { SherpaEngine } from './sherpa-engine.js';
import { play, type Sound } from './toys/notes.js';
import { HOMOPHONE, STREAMING_TOYS, spelled, writeToy } from './toys/write-toy.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: TempFolder;
beforeAll(async () => {
  folder = await tempFolder('toys');
});
afterAll(() => folder.remove());

/** Notes with pauses between them, ending in the middle of the last one. */
function melody(notes: readonly number[]): Int16Array {
  return play(
    notes.flatMap((note): Sound[] => [
      [null, 0.13],
      [note, 0.31],
    ]),
  );
}

const TUNES = [
  [0, 3, 1, 5, 2, 4],
  [5, 4, 3, 2, 1, 0],
  [2, 0, 4, 1, 3, 5],
  [1, 2, 3, 4, 5, 0],
  [4, 5, 0, 2, 3, 1],
];
const [tune] = TUNES as [number[], ...number[][]];

describe.each(STREAMING_TOYS)('a model of the kind %s', (kind) => {
  let engine: SherpaEngine;
  beforeAll(async () => {
    // One process, so that speakers share it.
    engine = new SherpaEngine({ models: [await writeToy(kind, folder.path)], processes: 1 });
    await engine.ready();
  });
  afterAll(() => engine.close());

  test('is announced as streaming', () => {
    const hotWords = kind === 'online-transducer';
    expect(engine.models).toMatchObject([{ name: `toy-${kind}`, streaming: true, hotWords }]);
  });

  test('hears every note, the last one too, the same in slices of 20, 100 and 1,000 ms as whole', async () => {
    const pcm = melody(tune);
    expect((await recognise(engine, pcm)).text).toBe(spelled(kind, tune));
    for (const sliceSamples of [320, 1_600, 16_000]) {
      const utterance = engine.open(plainOptions);
      for (let at = 0; at < pcm.length; at += sliceSamples) {
        utterance.accept(pcm.subarray(at, at + sliceSamples));
      }
      expect((await utterance.finish(pcm.length)).text).toBe(spelled(kind, tune));
    }
  });

  test('hears the last note wherever the segment ends in its blocks', async () => {
    const heard = await Promise.all(
      Array.from({ length: 32 }, async (_, i) => {
        const { text } = await recognise(
          engine,
          play([
            [null, 0.2 + i * 0.02],
            [3, 0.2],
            [1, 0.12],
          ]),
        );
        return text;
      }),
    );
    expect(heard).toEqual(heard.map(() => spelled(kind, [3, 1])));
  });

  test('tells the text while it grows', async () => {
    const texts: string[] = [];
    const interim = { intervalMs: 1, changed: (text: string) => texts.push(text) };
    const utterance = engine.open({ ...plainOptions, interim });
    const pcm = melody(tune);
    for (const [from, to] of [
      [0, 20_800],
      [20_800, 41_600],
    ]) {
      const before = texts.length;
      utterance.accept(pcm.subarray(from, to));
      await expect.poll(() => texts.length, { timeout: 30_000 }).toBeGreaterThan(before);
    }
    utterance.accept(pcm.subarray(41_600));
    const { text } = await utterance.finish(pcm.length);
    expect(texts.length).toBeGreaterThanOrEqual(2);
    for (const interimText of texts) expect(text.startsWith(interimText)).toBe(true);
  });

  test('keeps what it hears of one speaker apart from the others', async () => {
    const speakers = TUNES.map((notes) => ({
      notes,
      pcm: melody(notes),
      utterance: engine.open(plainOptions),
    }));
    for (let at = 0; at < melody(tune).length; at += 1_600) {
      for (const { pcm, utterance } of speakers) utterance.accept(pcm.subarray(at, at + 1_600));
    }
    const heard = await Promise.all(speakers.map(({ pcm, utterance }) => utterance.finish(pcm.length)));
    expect(heard.map(({ text }) => text)).toEqual(TUNES.map((notes) => spelled(kind, notes)));
  });

  test('gives the times of words where it knows them', async () => {
    const pcm = play([
      [null, 0.5],
      [0, 0.4],
      [null, 0.6],
      [2, 0.4],
      [null, 0.3],
    ]);
    const { words } = await recognise(engine, pcm, { words: true });
    if (kind === 'online-paraformer') return expect(words).toBeUndefined();
    expect(words?.map(({ word }) => word)).toEqual([spelled(kind, [0]), spelled(kind, [2])]);
    for (const [i, seconds] of [0.5, 1.5].entries()) {
      expect(Math.abs(words![i]!.start - seconds)).toBeLessThanOrEqual(0.12);
      expect(words![i]!.end).toBeLessThanOrEqual(2.2);
    }
  });

  test('a child killed in the middle of an utterance costs nothing but time', async () => {
    const pcm = melody(tune);
    const utterance = engine.open({ ...plainOptions, interim: { intervalMs: 1, changed: () => heard() } });
    let heard = (): void => {};
    const begun = new Promise<void>((resolve) => {
      heard = resolve;
    });
    utterance.accept(pcm.subarray(0, 24_000));
    await begun;
    for (const pid of engine.pids) process.kill(pid, 'SIGKILL');
    utterance.accept(pcm.subarray(24_000));
    expect((await utterance.finish(pcm.length)).text).toBe(spelled(kind, tune));
  });
});

describe('hot words of a streaming transducer', () => {
  let engine: SherpaEngine;
  beforeAll(async () => {
    engine = new SherpaEngine({ models: [await writeToy('online-transducer', folder.path)], processes: 1 });
    await engine.ready();
  });
  afterAll(() => engine.close());

  test('decide between words that sound alike, in their own session only', async () => {
    const pcm = melody([2, 0, 3]);
    const plain = spelled('online-transducer', [2, 0, 3]);
    const hot = plain.replace(spelled('online-transducer', [0]), HOMOPHONE);
    expect(hot).not.toBe(plain);
    const wanted = [[], [`${HOMOPHONE}`], ['水'], [`大${HOMOPHONE}`, '山水'], []];
    const heard = await Promise.all(wanted.map((hotWords) => recognise(engine, pcm, { hotWords })));
    expect(heard.map(({ text }) => text)).toEqual([plain, hot, plain, hot, plain]);
  });

  test('that the model has no signs for harm nothing', async () => {
    const hotWords = ['Hallo', '龘', '/:#@', 'a/b :9.0'];
    const { text } = await recognise(engine, melody(tune), { hotWords });
    expect(text).toBe(spelled('online-transducer', tune));
    expect(engine.failed).toBe(0);
  });
});
