import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readClips, wordErrors } from '@tributary/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Recognition } from './engine.js';
import { plainOptions, recognise } from './fixtures/recognise.js';
import { PocketsphinxEngine } from './pocketsphinx-engine.js';

// Decoding is real work: seconds on an idle machine, a minute on a crowded one.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

/** The two shortest sentences: decoding takes nearly as long as speaking. */
const clips = (await readClips())
  .toSorted((a, b) => a.wav.seconds - b.wav.seconds)
  .slice(0, 2)
  .map(({ reference, wav }) => ({ reference, pcm: new Int16Array(Uint8Array.from(wav.pcm).buffer) }));
const [speech, other] = clips as [(typeof clips)[0], (typeof clips)[0]];

let engine: PocketsphinxEngine;
const heardIn = (pcm: Int16Array) => recognise(engine, pcm, { words: true });
let undisturbed: Promise<Recognition[]> | undefined;
/** What is heard in each of them, decoded once for all tests. */
function heardUndisturbed(): Promise<Recognition[]> {
  undisturbed ??= Promise.all(clips.map(({ pcm }) => heardIn(pcm)));
  return undisturbed;
}
beforeAll(async () => {
  engine = new PocketsphinxEngine({ processes: 2 });
  await engine.ready();
});
afterAll(() => engine.close());

describe('PocketsphinxEngine', () => {
  test('understands most of a clear reading', async () => {
    const heard = await heardUndisturbed();
    const compared = clips.map(({ reference }, i) => wordErrors(reference, heard[i]!.text));
    const errors = compared.reduce((sum, one) => sum + one.errors, 0);
    const said = compared.reduce((sum, one) => sum + one.words, 0);
    expect(errors / said).toBeLessThan(0.6);
  });

  test('tells the text while it grows, which changes nothing about the end', async () => {
    const texts: string[] = [];
    const interim = { intervalMs: 50, changed: (text: string) => texts.push(text) };
    const utterance = engine.open({ ...plainOptions, interim });
    for (let at = 0; at < speech.pcm.length; at += 1_600)
      utterance.accept(speech.pcm.subarray(at, at + 1_600));
    await expect.poll(() => texts.at(-1) ?? '', { timeout: 60_000 }).toContain('young man');
    const { text } = await utterance.finish(speech.pcm.length);
    expect(text).toBe((await heardUndisturbed())[0]!.text);
  });

  test('gives words in order with times and confidence, and none that nobody said', async () => {
    const { text, words, confidence, decodeMs } = (await heardUndisturbed())[0]!;
    expect(words!.map(({ word }) => word).join(' ')).toBe(text);
    expect(text).toMatch(/^[a-z' ]+$/);
    expect(confidence).toBeGreaterThan(0);
    expect(decodeMs).toBeGreaterThan(0);
    for (const [i, { start, end }] of words!.entries()) {
      expect(start).toBeGreaterThanOrEqual(words![i - 1]?.end ?? 0);
      expect(end).toBeGreaterThan(start);
    }
    expect((await recognise(engine, speech.pcm.subarray(0, 12_000))).words).toBeUndefined();
  });

  // The library takes pauses out unless told otherwise, and its times were then two seconds early.
  test('counts pauses in the times of words', async () => {
    const pauseSamples = 32_000;
    // "young man", twice.
    const end = speech.pcm.subarray(33_000);
    const pcm = new Int16Array(2 * end.length + pauseSamples);
    pcm.set(end);
    pcm.set(end, end.length + pauseSamples);
    const { words } = await heardIn(pcm);
    const starts = words!.filter(({ word }) => word === 'young').map(({ start }) => start);
    expect(starts).toHaveLength(2);
    expect(starts[1]! - starts[0]!).toBeCloseTo((end.length + pauseSamples) / 16_000, 1);
  });

  test('hears nothing in digital silence', async () => {
    for (const seconds of [0.3, 2]) {
      expect((await heardIn(new Int16Array(16_000 * seconds))).text).toBe('');
    }
  });

  test('gives the same text whatever its decoders heard before', async () => {
    const [expected] = await heardUndisturbed();
    // Whichever decoder takes it: one of them heard the same before, the other one something else.
    await Promise.all([heardIn(speech.pcm), heardIn(other.pcm)]);
    for (const again of await Promise.all([heardIn(speech.pcm), heardIn(speech.pcm)])) {
      expect([again.text, again.words]).toEqual([expected!.text, expected!.words]);
    }
  });

  test('a decoder killed in mid-segment costs time and nothing else', async () => {
    const expected = await heardUndisturbed();
    const before = engine.pids;
    const recognising = Promise.all(clips.map(({ pcm }) => heardIn(pcm)));
    await expect.poll(() => engine.busy, { timeout: 60_000 }).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const pid of before) process.kill(pid, 'SIGKILL');
    expect((await recognising).map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
    expect(engine.pids.filter((pid) => before.includes(pid))).toEqual([]);
  });

  test('decodes outside of this process', async () => {
    const cpu = process.cpuUsage();
    const { decodeMs } = await heardIn(speech.pcm.subarray(0, 24_000));
    const { user, system } = process.cpuUsage(cpu);
    expect(engine.pids).not.toContain(process.pid);
    expect((user + system) / 1_000).toBeLessThan(decodeMs / 2);
  });

  // Loading the model again on each of four threads once cost 330 MB.
  test('decoders stay small, and get no environment that could hold a secret', async () => {
    const short = speech.pcm.subarray(4_000, 6_400);
    await Promise.all(Array.from({ length: 12 }, () => recognise(engine, short)));
    for (const pid of engine.pids) {
      const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      expect(Number(kilobytes) / 1_024).toBeLessThan(250);
      const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .map((line) => line.split('=')[0]);
      const channel = ['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', ''];
      const memory = ['MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_'];
      expect(new Set(names)).toEqual(new Set(['UV_THREADPOOL_SIZE', ...memory, ...channel]));
    }
  });

  test('a decoder ends when its parent is killed, also in mid-segment', async () => {
    const maker = fileURLToPath(new URL('./pool/test-children/orphan-maker.mjs', import.meta.url));
    const entry = fileURLToPath(new URL('../../dist/engines/pocketsphinx-child.js', import.meta.url));
    const parent = spawn(process.execPath, [maker, entry], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [pid] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string];
    expect(existsSync(`/proc/${pid.trim()}`)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => existsSync(`/proc/${pid.trim()}`), { timeout: 20_000 }).toBe(false);
  });
});
