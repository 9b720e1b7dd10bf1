import { TributaryError } from '@tributary/shared';
import { TranscriptionServer } from '@tributary/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recognise } from '../fixtures/recognise.js';
import { syntheticText } from '../synthetic-engine.js';
import { RemoteEngine, type RemoteOptions } from './remote-engine.js';

/** Speech of a kind: every number another. */
const speech = (n: number, samples = 3_200) =>
  Int16Array.from({ length: samples }, (_, i) => (i * (n + 7)) % 5_000);

/** What the server hears: nothing in silence. */
const expectedText = (pcm: Int16Array) => (pcm.every((sample) => sample === 0) ? '' : syntheticText(pcm));

let server: TranscriptionServer;
let engine: RemoteEngine;
let incidents: string[];

function open(options: Partial<RemoteOptions> = {}): RemoteEngine {
  return new RemoteEngine({
    address: server.address,
    model: 'toy',
    apiKey: undefined,
    timeoutMs: 20_000,
    concurrency: 3,
    firstPauseMs: 5,
    maxPauseMs: 40,
    onIncident: ({ reason }) => incidents.push(reason),
    ...options,
  });
}

beforeEach(async () => {
  incidents = [];
  server = await new TranscriptionServer(expectedText).start();
  engine = open();
});
afterEach(async () => {
  await engine.close();
  await server.stop();
});

/** Recognises many segments at once and expects the right text for each. */
async function recognisesAll(count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, n) => speech(n));
  const heard = await Promise.all(all.map((pcm) => recognise(engine, pcm)));
  expect(heard.map(({ text }) => text)).toEqual(all.map(expectedText));
  expect([engine.busy, engine.waiting, engine.failed]).toEqual([0, 0, 0]);
}

describe('a server that is well', () => {
  test('is asked as OpenAI asks, for text alone or with words', async () => {
    await engine.close();
    engine = open({ address: `http://${server.address}/speech/`, apiKey: 'key' });
    const pcm = speech(1);
    expect(await recognise(engine, pcm)).toEqual({ text: expectedText(pcm), decodeMs: expect.any(Number) });
    const options = { language: 'zh-CN', words: true, hotWords: ['Elinor', 'Marianne'] };
    const { words, confidence, text } = await recognise(engine, pcm, options);
    expect({ words, confidence }).toEqual({ words: [{ word: text, start: 0, end: 0.2 }], confidence: 0.5 });
    const plain = { model: 'toy', response_format: 'json', temperature: '0' };
    expect(server.seen.map(({ fields }) => fields)).toEqual([
      plain,
      {
        ...plain,
        response_format: 'verbose_json',
        'timestamp_granularities[]': 'word',
        language: 'zh',
        prompt: 'Elinor, Marianne',
      },
    ]);
    expect(server.seen[1]).toMatchObject({
      path: '/speech/v1/audio/transcriptions',
      authorization: 'Bearer key',
    });
    expect(server.seen[1]!.pcm).toEqual(pcm);
  });

  test.each([
    ['http://HOST/v1', '/v1/audio/transcriptions', undefined],
    ['ws://HOST/v1/audio/transcriptions?a=b', '/v1/audio/transcriptions?a=b', undefined],
    ['http://me:pass@HOST', '/v1/audio/transcriptions', `Basic ${Buffer.from('me:pass').toString('base64')}`],
  ])('%s is asked at %s', async (address, path, authorization) => {
    await engine.close();
    engine = open({ address: address.replace('HOST', server.address) });
    await recognise(engine, speech(1));
    expect(server.seen[0]).toMatchObject({ path, authorization });
  });

  test('gets no more requests at a time than it should, and no empty segment', async () => {
    await recognisesAll(20);
    expect(server.mostAtOnce).toBeLessThanOrEqual(3);
    expect((await recognise(engine, new Int16Array(0))).text).toBe('');
    expect(server.seen).toHaveLength(20);
  });
});

describe('nothing is lost', () => {
  test('while the server answers 500 for a while', async () => {
    for (let i = 0; i < 30; i++) server.script.push({ status: 500 });
    await recognisesAll(10);
    expect(incidents).toEqual([expect.stringMatching(/away.*500/), expect.stringMatching(/back/)]);
  });

  test('while the server dies in mid-answer, or answers what is no transcription', async () => {
    server.script.push(
      { die: true },
      { die: true },
      { body: '<html>' },
      { status: 408 },
      { body: '{"text":7}' },
    );
    await recognisesAll(6);
  });

  test('while the server hangs', async () => {
    await engine.close();
    engine = open({ timeoutMs: 250 });
    server.script.push({ hang: true }, { hang: true }, { hang: true });
    await recognisesAll(5);
  });

  test('while there is no server', async () => {
    await server.stop();
    const all = recognisesAll(8);
    all.catch(() => undefined);
    await expect.poll(() => incidents.length).toBe(1);
    expect(engine.busy + engine.waiting).toBe(8);
    await server.start();
    await all;
    expect(incidents.at(-1)).toMatch(/back/);
  });

  test('when the server asks to be left alone for a while', async () => {
    server.script.push({ status: 429, headers: { 'retry-after': '1' } });
    const startedAt = performance.now();
    await recognisesAll(3);
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(incidents).toEqual([]);
    const later = new Date(Date.now() + 2_000).toUTCString();
    server.script.push({ status: 503, headers: { 'retry-after': later } });
    const askedAt = performance.now();
    await recognisesAll(1);
    expect(performance.now() - askedAt).toBeGreaterThan(500);
  });

  test('an absent server is asked now and then, not by every segment', async () => {
    server.behave = () => ({ status: 502 });
    const waiting = Array.from({ length: 50 }, (_, n) => recognise(engine, speech(n)).catch(() => undefined));
    await expect.poll(() => incidents.length).toBe(1);
    const before = server.seen.length;
    await expect.poll(() => server.seen.length, { timeout: 10_000 }).toBeGreaterThan(before + 3);
    expect(server.seen.length).toBeLessThan(50);
    await engine.close();
    await Promise.all(waiting);
  });
});

describe('a segment is given up', () => {
  const failure = async (promise: Promise<unknown>): Promise<TributaryError> => {
    const error = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(TributaryError);
    return error as TributaryError;
  };

  test.each([400, 413, 415, 422])('at once when the server refuses it with %i', async (status) => {
    server.script.push({ status });
    const error = await failure(recognise(engine, speech(1)));
    expect(error).toMatchObject({ code: 'recognition_failed', temporary: false });
    expect(error.message).toContain(`answered ${status}`);
    expect(server.seen).toHaveLength(1);
    expect(engine.failed).toBe(1);
    await recognise(engine, speech(2));
  });

  test.each<[string, object]>([
    ['500', { status: 500 }],
    ['a broken connection', { die: true }],
  ])('after three counted attempts when it alone is answered with %s', async (_, behaviour) => {
    const poison = speech(1);
    const text = expectedText(poison);
    server.behave = ({ pcm }) => (expectedText(pcm) === text ? behaviour : {});
    const counted: number[] = [];
    const poisoned = failure(recognise(engine, poison, { attempted: (n) => counted.push(n) }));
    const others = Array.from({ length: 10 }, (_, n) => recognise(engine, speech(n + 2)));
    expect(await poisoned).toMatchObject({ code: 'recognition_failed', temporary: false });
    expect(counted).toEqual([1, 2, 3]);
    expect((await Promise.all(others)).map((each) => each.text)).toEqual(
      others.map((__, n) => expectedText(speech(n + 2))),
    );
  });

  test('also where the server refuses silence, and attempts of an earlier owner count', async () => {
    const poison = speech(1);
    server.behave = ({ pcm }) => (expectedText(pcm) === '' ? { status: 400 } : { status: 500 });
    const counted: number[] = [];
    const error = await failure(
      recognise(engine, poison, { attempts: 2, attempted: (n) => counted.push(n) }),
    );
    expect(error.code).toBe('recognition_failed');
    expect(counted).toEqual([3]);
  });
});

test('closing ends requests that hang, as something that may work elsewhere', async () => {
  server.behave = () => ({ hang: true });
  const pending = Array.from({ length: 5 }, (_, n) => recognise(engine, speech(n)));
  const settled = Promise.allSettled(pending);
  await expect.poll(() => server.seen.length).toBe(3);
  await engine.close();
  for (const outcome of await settled) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', temporary: true } });
  }
  await expect.poll(() => server.underWay).toBe(0);
});
