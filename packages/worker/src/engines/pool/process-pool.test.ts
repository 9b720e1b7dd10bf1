import { afterEach, describe, expect, test, vi } from 'vitest';
import { plainOptions, recognise } from '../fixtures/recognise.js';
import type { InterimTimes, UtteranceOptions } from '../utterance.js';
import { ProcessPool, type ProcessPoolOptions } from './process-pool.js';

vi.setConfig({ testTimeout: 30_000 });

const child = (name: string) => new URL(`./test-children/${name}.mjs`, import.meta.url);

/** A segment for the `marked` child; see there. */
const segment = (mark: number, samples = 10) => {
  const pcm = new Int16Array(samples);
  pcm[0] = mark;
  return pcm;
};
const SECOND = 16_000;

const pools: ProcessPool[] = [];
const incidents: { reason: string; whileDecoding: boolean }[] = [];

function poolOf(module: string, options: Partial<ProcessPoolOptions> = {}): ProcessPool {
  const pool = new ProcessPool({
    module: child(module),
    size: 2,
    seats: 1,
    headStart: true,
    onIncident: (incident) => incidents.push(incident),
    ...options,
  });
  pools.push(pool);
  return pool;
}

/** An open utterance whose interim texts are collected. */
function openIn(pool: ProcessPool, pcm: Int16Array, options: Partial<UtteranceOptions> = {}) {
  const texts: string[] = [];
  const interim = { intervalMs: 50, changed: (text: string) => texts.push(text) };
  const utterance = pool.open({ ...plainOptions, interim, ...options });
  utterance.accept(pcm);
  return { utterance, texts };
}

const pidOf = ({ text }: { text: string }) => Number(text.split(' ')[2]);
const interimAt = async (texts: string[], samples: number) =>
  await expect.poll(() => texts.at(-1), { timeout: 10_000 }).toBe(`${samples} so far`);

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  incidents.length = 0;
});

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('ProcessPool', () => {
  test('decodes in other processes, several at a time, in the order of asking', async () => {
    const pool = poolOf('marked');
    const order: number[] = [];
    const answers = await Promise.all(
      [4, 5, 6, 7, 8].map(async (samples) => {
        const answer = await recognise(pool, segment(50, samples));
        order.push(samples);
        return answer;
      }),
    );
    expect(answers.map(({ text }) => Number(text.split(' ')[0]))).toEqual([4, 5, 6, 7, 8]);
    // When the last one begins, the other child has one segment at most.
    expect(order.slice(-2)).toContain(8);
    const pids = new Set(answers.map(pidOf));
    expect(pids.size).toBe(2);
    expect(pids).not.toContain(process.pid);
  });

  test.each([1, 8])(
    'gives up a segment that kills its child three times, and harms no neighbour: %i seats',
    async (seats) => {
      const pool = poolOf('marked', { seats });
      const attempted: number[] = [];
      const killer = recognise(pool, segment(1), { attempted: (attempts) => attempted.push(attempts) });
      const neighbours = Array.from({ length: 6 }, (_, i) => recognise(pool, segment(20 + i)));
      await expect(killer).rejects.toMatchObject({
        code: 'recognition_failed',
        message: expect.stringContaining('after 3 attempts: was killed by SIGABRT'),
      });
      expect(attempted).toEqual([1, 2, 3]);
      expect(await Promise.all(neighbours)).toHaveLength(6);
      expect(pool.failed).toBe(1);
      expect(incidents.filter(({ whileDecoding }) => whileDecoding)).toHaveLength(3);
      expect((await recognise(pool, segment(0))).text).toContain('10 by');
    },
  );

  test('goes on counting the attempts of an earlier owner', async () => {
    const pool = poolOf('marked', { size: 1 });
    const attempted: number[] = [];
    const options = { attempts: 2, attempted: (attempts: number) => attempted.push(attempts) };
    await expect(recognise(pool, segment(1), options)).rejects.toMatchObject({ code: 'recognition_failed' });
    expect(attempted).toEqual([3]);
    await expect(recognise(pool, segment(0), { attempts: 3 })).rejects.toMatchObject({
      code: 'recognition_failed',
    });
    expect((await recognise(pool, segment(0), { attempts: 2 })).text).toContain('10 by');
    expect(incidents).toHaveLength(1);
  });

  test('tries the segment of a killed child again', async () => {
    const pool = poolOf('marked', { size: 1 });
    await pool.ready();
    const [victim] = pool.pids;
    const recognition = recognise(pool, segment(300));
    await expect.poll(() => pool.busy).toBe(1);
    process.kill(victim!, 'SIGKILL');
    expect((await recognition).text).not.toContain(String(victim));
    expect(incidents).toMatchObject([{ reason: 'was killed by SIGKILL', whileDecoding: true }]);
  });

  test('replaces a child that died while it had nothing to do', async () => {
    const pool = poolOf('marked', { size: 1 });
    await pool.ready();
    process.kill(pool.pids[0]!, 'SIGKILL');
    expect((await recognise(pool, segment(0))).text).toContain('10 by');
  });

  test('kills a child that is stuck, and gives up the segment after three attempts', async () => {
    const pool = poolOf('marked', { workTimeoutMs: () => 200 });
    await expect(recognise(pool, segment(2))).rejects.toMatchObject({
      code: 'recognition_failed',
      message: expect.stringContaining('did not finish a segment within 200 ms'),
    });
    expect((await recognise(pool, segment(0))).text).toContain('10 by');
  });

  test('kills a child that does not start', async () => {
    const pool = poolOf('marked', { startTimeoutMs: 1 });
    await expect(pool.ready()).rejects.toThrow('did not start within 1 ms');
  });

  test('takes a reported failure as an attempt, without a new child', async () => {
    const pool = poolOf('marked');
    await expect(recognise(pool, segment(3))).rejects.toMatchObject({ code: 'recognition_failed' });
    expect(incidents).toEqual([]);
  });

  test.each([
    ['unusable', 'recogniser processes cannot start: no model in this test'],
    ['stillborn', 'Error: broken in this test'],
    ['no-such-file', 'Cannot find module'],
  ])('says why its children do not start: %s', async (module, reason) => {
    const pool = poolOf(module);
    await expect(pool.ready()).rejects.toThrow(reason);
    const before = incidents.length;
    await new Promise((resolve) => setTimeout(resolve, 350));
    // It goes on trying, but ever more slowly.
    expect(incidents.length - before).toBeLessThan(6);
  });

  test('close rejects what is under way, leaves no process behind, and may come twice', async () => {
    const pool = poolOf('marked');
    await pool.ready();
    const open = openIn(pool, segment(0));
    const outcomes = Promise.allSettled([2, 5_000, 0, 0].map((mark) => recognise(pool, segment(mark))));
    await expect.poll(() => [pool.busy, pool.waiting], { timeout: 10_000 }).toEqual([2, 2]);
    const { pids } = pool;
    expect(pids).toHaveLength(2);
    await Promise.all([pool.close(), pool.close()]);
    expect(pids.filter(alive)).toEqual([]);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    }
    await expect(open.utterance.finish(10)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(recognise(pool, segment(0))).rejects.toMatchObject({ code: 'unavailable' });
    expect(incidents).toEqual([]);
  });

  test('close also ends children that are still starting', async () => {
    const pool = poolOf('marked');
    const { pids } = pool;
    const ready = pool.ready();
    await pool.close();
    await expect(ready).rejects.toMatchObject({ code: 'unavailable' });
    expect(pids.filter(alive)).toEqual([]);
  });
});

describe('open utterances of a ProcessPool', () => {
  test('are listened to before their end, and tell their text when it changes', async () => {
    const pool = poolOf('marked');
    const { utterance, texts } = openIn(pool, segment(0, SECOND));
    await interimAt(texts, SECOND);
    utterance.accept(new Int16Array(SECOND));
    await interimAt(texts, 2 * SECOND);
    // Less than a slice changes nothing.
    utterance.accept(new Int16Array(10));
    expect((await utterance.finish(2 * SECOND + 10)).text).toContain(`${2 * SECOND + 10} by`);
    expect(texts).toEqual([`${SECOND} so far`, `${2 * SECOND} so far`]);
  });

  test('tell their text no more often than was asked', async () => {
    const pool = poolOf('marked');
    const times: number[] = [];
    const delaysMs: number[] = [];
    const changed = (_: string, { delayMs, decodeMs }: InterimTimes) => {
      times.push(performance.now());
      delaysMs.push(delayMs);
      expect(decodeMs).toBeLessThanOrEqual(delayMs + 1);
    };
    const interim = { intervalMs: 300, changed };
    const utterance = pool.open({ ...plainOptions, interim });
    while (times.length < 4) {
      utterance.accept(new Int16Array(1_600));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    utterance.cancel();
    // The messages of a child may be delayed, so only the mean is sure.
    expect((times.at(-1)! - times[0]!) / (times.length - 1)).toBeGreaterThan(250);
    // Audio came all the time: on average it waited for half of the interval.
    for (const delayMs of delaysMs.slice(1)) expect(delayMs).toBeGreaterThan(100);
  });

  test('make room for finished segments, and are recognised all the same', async () => {
    const pool = poolOf('marked');
    const guests = [0, 0].map(() => openIn(pool, segment(0, SECOND)));
    await Promise.all(guests.map(({ texts }) => interimAt(texts, SECOND)));
    const third = openIn(pool, segment(0, SECOND));
    expect((await recognise(pool, segment(0, 20))).text).toContain('20 by');
    const ends = [...guests, third].map(({ utterance }) => utterance.finish(SECOND));
    for (const { text } of await Promise.all(ends)) expect(text).toContain(`${SECOND} by`);
    expect([pool.busy, pool.waiting, pool.failed]).toEqual([0, 0, 0]);
  });

  test('share a child that has seats for them', async () => {
    const pool = poolOf('marked', { size: 1, seats: 3 });
    const guests = [1, 2, 3].map(() => openIn(pool, segment(0, SECOND)));
    await Promise.all(guests.map(({ texts }) => interimAt(texts, SECOND)));
    const ends = await Promise.all(guests.map(({ utterance }) => utterance.finish(SECOND)));
    expect(new Set(ends.map(pidOf)).size).toBe(1);
  });

  test('give up the rest when they end before what was accepted', async () => {
    const pool = poolOf('marked');
    const { utterance, texts } = openIn(pool, segment(0, SECOND));
    await interimAt(texts, SECOND);
    expect((await utterance.finish(SECOND - 1)).text).toContain(`${SECOND - 1} by`);
  });

  test('are fed again to another child when theirs is killed, at no attempt', async () => {
    const pool = poolOf('marked', { size: 1, seats: 8 });
    const attempted: number[] = [];
    const guests = [1, 2, 3].map(() =>
      openIn(pool, segment(0, SECOND), { attempted: (attempts) => attempted.push(attempts) }),
    );
    await Promise.all(guests.map(({ texts }) => interimAt(texts, SECOND)));
    const [victim] = pool.pids;
    process.kill(victim!, 'SIGKILL');
    await expect.poll(() => incidents.length).toBe(1);
    for (const { utterance } of guests) utterance.accept(new Int16Array(SECOND));
    await Promise.all(guests.map(({ texts }) => interimAt(texts, 2 * SECOND)));
    const ends = await Promise.all(guests.map(({ utterance }) => utterance.finish(2 * SECOND)));
    for (const end of ends) expect(pidOf(end)).not.toBe(victim);
    expect(attempted).toEqual([]);
  });

  test('do not suffer from a neighbour in their child that kills it again and again', async () => {
    const pool = poolOf('marked', { size: 1, seats: 8 });
    const guests = [1, 2, 3].map(() => openIn(pool, segment(0, SECOND)));
    await Promise.all(guests.map(({ texts }) => interimAt(texts, SECOND)));
    const killer = openIn(pool, segment(1, SECOND));
    await expect.poll(() => incidents.length, { timeout: 10_000 }).toBe(1);
    // It is not given to a child again before its end.
    await Promise.all(guests.map(({ texts }) => interimAt(texts, SECOND)));
    const outcomes = Promise.all(guests.map(({ utterance }) => utterance.finish(SECOND)));
    await expect(killer.utterance.finish(SECOND)).rejects.toMatchObject({ code: 'recognition_failed' });
    expect(await outcomes).toHaveLength(3);
    expect(incidents).toHaveLength(3);
    expect(pool.failed).toBe(1);
  });

  test('free their child when they are cancelled', async () => {
    const pool = poolOf('marked', { size: 1 });
    const { utterance, texts } = openIn(pool, segment(0, SECOND));
    const next = openIn(pool, segment(0, 2 * SECOND));
    await interimAt(texts, SECOND);
    utterance.cancel();
    utterance.cancel();
    await interimAt(next.texts, 2 * SECOND);
    next.utterance.cancel();
    await expect.poll(() => pool.busy).toBe(0);
  });

  test('wait for their end where decoding begins only then, unless somebody reads along', async () => {
    const pool = poolOf('marked', { size: 1, headStart: false });
    const silent = openIn(pool, segment(2, SECOND), { interim: null });
    const read = openIn(pool, segment(0, SECOND));
    await interimAt(read.texts, SECOND);
    silent.utterance.cancel();
    expect(incidents).toEqual([]);
  });
});
