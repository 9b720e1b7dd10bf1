import { readFileSync } from 'node:fs';
import { readClips, wordErrors } from '@tributary/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Recognition } from '../engine.js';
import { defaultModel } from '../fixtures/default-model.js';
import { plainOptions, recognise } from '../fixtures/recognise.js';
import { chooseModel, SherpaEngine } from './sherpa-engine.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 300_000 });

const clips = (await readClips()).map(({ reference, wav }) => ({
  reference,
  pcm: new Int16Array(Uint8Array.from(wav.pcm).buffer),
}));
const [speech] = clips as [(typeof clips)[0], ...typeof clips];

let engine: SherpaEngine;
beforeAll(async () => {
  engine = new SherpaEngine({ models: [await defaultModel()], processes: 2 });
  await engine.ready();
});
afterAll(() => engine.close());

let undisturbed: Promise<Recognition[]> | undefined;
/** What is heard in each clip as a whole, recognised once for all tests. */
function heardUndisturbed(): Promise<Recognition[]> {
  undisturbed ??= Promise.all(clips.map(({ pcm }) => recognise(engine, pcm)));
  return undisturbed;
}

/** One of them had next to nothing left to do. */
const atOnce = (decodeMs: readonly number[], alone: Recognition): boolean =>
  Math.min(...decodeMs) < alone.decodeMs / 4;

/** Errors in a hundred words, over all clips. */
function errorRate(texts: readonly string[]): number {
  const compared = texts.map((text, i) => wordErrors(clips[i]!.reference, text));
  const sum = (of: (one: (typeof compared)[0]) => number) =>
    compared.reduce((total, one) => total + of(one), 0);
  return sum(({ errors }) => errors) / sum(({ words }) => words);
}

describe('SherpaEngine with the default model', () => {
  test('understands a clear reading, the same in slices of 20, 100 and 1,000 ms as whole', async () => {
    const whole = await heardUndisturbed();
    const texts = whole.map(({ text }) => text);
    expect(errorRate(texts)).toBeLessThan(0.1);
    for (const sliceSamples of [320, 1_600, 16_000]) {
      const heard = await Promise.all(
        clips.slice(0, 2).map(async ({ pcm }) => {
          const utterance = engine.open(plainOptions);
          for (let at = 0; at < pcm.length; at += sliceSamples) {
            utterance.accept(pcm.subarray(at, at + sliceSamples));
          }
          return await utterance.finish(pcm.length);
        }),
      );
      expect(heard.map(({ text }) => text)).toEqual(texts.slice(0, 2));
    }
  });

  test('tells the text while it grows', async () => {
    const texts: string[] = [];
    const interim = { intervalMs: 50, changed: (text: string) => texts.push(text) };
    const utterance = engine.open({ ...plainOptions, interim });
    for (let at = 0; at + 16_000 <= speech.pcm.length; at += 16_000) {
      const before = texts.length;
      utterance.accept(speech.pcm.subarray(at, at + 16_000));
      await expect.poll(() => texts.length, { timeout: 30_000 }).toBeGreaterThan(before);
    }
    utterance.accept(speech.pcm.subarray(speech.pcm.length - (speech.pcm.length % 16_000)));
    const { text } = await utterance.finish(speech.pcm.length);
    expect(texts.length).toBeGreaterThanOrEqual(4);
    expect(wordErrors(text, texts.at(-1)!).errors).toBeLessThan(6);
    expect(text).toBe((await heardUndisturbed())[0]!.text);
  });

  test('has its text at once when interim text was made of all of it', async () => {
    const alone = await recognise(engine, speech.pcm);
    const decodeMs: number[] = [];
    // The operating system may stop a process in the wrong moment, but not each time.
    for (let i = 0; i < 3 && !atOnce(decodeMs, alone); i++) {
      const texts: string[] = [];
      const interim = { intervalMs: 50, changed: (text: string) => texts.push(text) };
      const utterance = engine.open({ ...plainOptions, interim });
      utterance.accept(speech.pcm);
      await expect.poll(() => texts.length, { timeout: 30_000 }).toBe(1);
      const heard = await utterance.finish(speech.pcm.length);
      expect([heard.text, heard.text]).toEqual([alone.text, texts[0]]);
      decodeMs.push(heard.decodeMs);
    }
    expect(atOnce(decodeMs, alone), `${decodeMs} ms, and ${alone.decodeMs} ms alone`).toBe(true);
  });

  test('recognises what may be all while the speaker pauses, also when interim text is not due', async () => {
    const alone = await recognise(engine, speech.pcm);
    const decodeMs: number[] = [];
    for (let i = 0; i < 3 && !atOnce(decodeMs, alone); i++) {
      const texts: string[] = [];
      const interim = { intervalMs: 60_000, changed: (text: string) => texts.push(text) };
      const utterance = engine.open({ ...plainOptions, interim });
      utterance.accept(speech.pcm.subarray(0, 32_000));
      await expect.poll(() => texts.length, { timeout: 30_000 }).toBe(1);
      utterance.accept(speech.pcm.subarray(32_000), true);
      await expect.poll(() => engine.busy, { timeout: 30_000 }).toBe(0);
      const heard = await utterance.finish(speech.pcm.length);
      expect(heard.text).toBe(alone.text);
      expect(texts).toHaveLength(1);
      decodeMs.push(heard.decodeMs);
    }
    expect(atOnce(decodeMs, alone), `${decodeMs} ms, and ${alone.decodeMs} ms alone`).toBe(true);
  });

  test('a pause that was none changes no word', async () => {
    const [alone] = await heardUndisturbed();
    const interim = { intervalMs: 60_000, changed: () => {} };
    const utterance = engine.open({ ...plainOptions, interim });
    utterance.accept(speech.pcm.subarray(0, 48_000), true);
    await expect.poll(() => engine.busy, { timeout: 30_000 }).toBe(0);
    utterance.accept(speech.pcm.subarray(48_000), false);
    expect((await utterance.finish(speech.pcm.length)).text).toBe(alone!.text);
  });

  test('hears all of a segment that is longer than the model can hear', async () => {
    const all = new Int16Array(clips.reduce((sum, { pcm }) => sum + pcm.length, 0));
    let at = 0;
    for (const { pcm } of clips) {
      all.set(pcm, at);
      at += pcm.length;
    }
    const { text } = await recognise(engine, all);
    const { errors, words } = wordErrors(clips.map(({ reference }) => reference).join(' '), text);
    expect(errors / words).toBeLessThan(0.15);
  });

  test('cuts no longer than the model can hear', () => {
    const endpointer = engine.createEndpointer({ endpointingMs: 60_000, maxSegmentSeconds: 30 });
    const pcm = Int16Array.from({ length: 9 * 16_000 }, (_, i) =>
      i % 4_000 < 2_880 ? 8_000 * Math.sin(i / 9) : 0,
    );
    expect(endpointer.push(pcm)).toMatchObject({ kind: 'speech' });
  });

  test('killed children cost time and nothing else', async () => {
    const expected = await heardUndisturbed();
    const before = engine.pids;
    const recognising = Promise.all(clips.map(({ pcm }) => recognise(engine, pcm)));
    await expect.poll(() => engine.busy).toBe(2);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    expect((await recognising).map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
    expect(engine.pids.filter((pid) => before.includes(pid))).toEqual([]);
  });

  test('children stay small however many segments they have heard', async () => {
    const megabytes = () =>
      engine.pids.map((pid) => {
        const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
        return Number(kilobytes) / 1_024;
      });
    const hear = (times: number) =>
      Promise.all(Array.from({ length: times }, () => recognise(engine, speech.pcm.subarray(0, 24_000))));
    await hear(20);
    const before = Math.max(...megabytes());
    await hear(60);
    // Arenas of the library still grow by a tenth or so; what stayed of each segment would be far more.
    expect(Math.max(...megabytes())).toBeLessThan(before * 1.3);
  });
});

test('chooses the model by name, then by language, then the first', () => {
  const models = [
    { name: 'a', languages: ['en'], streaming: false },
    { name: 'b', languages: ['zh', 'en'], streaming: true },
    { name: 'c', languages: ['*'], streaming: false },
  ];
  const choose = (model: string | null, language: string | null) =>
    models[chooseModel(models, { model, language })]!.name;
  expect(choose('b', 'en')).toBe('b');
  expect(choose(null, 'en-US')).toBe('a');
  expect(choose(null, 'zh-CN')).toBe('b');
  expect(choose(null, 'fr')).toBe('c');
  expect(choose(null, null)).toBe('a');
  expect(choose('gone', null)).toBe('a');
});
