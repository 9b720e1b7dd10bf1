import { afterEach, describe, expect, test } from 'vitest';
import { recognise } from './fixtures/recognise.js';
import { ProcessPool, type ProcessPoolOptions } from './process-pool.js';

const child = (name: string) => new URL(`./test-children/${name}.mjs`, import.meta.url);

/** A segment for the `marked` child; see there. */
const segment = (mark: number, samples = 10) => {
  const pcm = new Int16Array(samples);
  pcm[0] = mark;
  return pcm;
};

const pools: ProcessPool[] = [];
const incidents: { reason: string; whileDecoding: boolean }[] = [];

function poolOf(module: string, options: Partial<ProcessPoolOptions> = {}): ProcessPool {
  const onIncident = (incident: { reason: string; whileDecoding: boolean }) => incidents.push(incident);
  const pool = new ProcessPool({ module: child(module), size: 2, onIncident, ...options });
  pools.push(pool);
  return pool;
}

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
    const texts = await Promise.all(
      [4, 5, 6, 7, 8].map(async (samples) => {
        const { text } = await recognise(pool, segment(50, samples));
        order.push(samples);
        return text;
      }),
    );
    expect(texts.map((text) => Number(text.split(' ')[0]))).toEqual([4, 5, 6, 7, 8]);
    expect(order.at(-1)).toBe(8);
    const pids = new Set(texts.map((text) => Number(text.split(' ')[2])));
    expect(pids.size).toBe(2);
    expect(pids).not.toContain(process.pid);
  });

  test('gives up a segment that kills its child three times, and harms no neighbour', async () => {
    const pool = poolOf('marked');
    const killer = recognise(pool, segment(1));
    const neighbours = Array.from({ length: 6 }, (_, i) => recognise(pool, segment(20 + i)));
    await expect(killer).rejects.toMatchObject({
      code: 'recognition_failed',
      message: expect.stringContaining('after 3 attempts: was killed by SIGABRT'),
    });
    expect(await Promise.all(neighbours)).toHaveLength(6);
    expect(pool.failed).toBe(1);
    expect(incidents.filter(({ whileDecoding }) => whileDecoding)).toHaveLength(3);
    expect((await recognise(pool, segment(0))).text).toContain('10 by');
  });

  test('tries the segment of a killed child again', async () => {
    const pool = poolOf('marked', { size: 1 });
    await pool.ready();
    const [victim] = pool.pids;
    const recognition = recognise(pool, segment(300));
    setTimeout(() => process.kill(victim!, 'SIGKILL'), 50);
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
    const pool = poolOf('marked', { segmentTimeoutMs: () => 200 });
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
    const outcomes = Promise.allSettled([2, 5_000, 0, 0].map((mark) => recognise(pool, segment(mark))));
    await expect.poll(() => [pool.busy, pool.waiting], { timeout: 10_000 }).toEqual([2, 2]);
    const { pids } = pool;
    expect(pids).toHaveLength(2);
    await Promise.all([pool.close(), pool.close()]);
    expect(pids.filter(alive)).toEqual([]);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
    }
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
