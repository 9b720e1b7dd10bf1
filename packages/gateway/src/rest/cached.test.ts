import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cached } from './cached.js';

test('callers at the same time share one load, later ones its value until it is old', async () => {
  let loads = 0;
  const get = cached(40, async () => {
    await sleep(10);
    return ++loads;
  });
  expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
  expect(await get()).toBe(1);
  await sleep(60);
  expect(await get()).toBe(2);
});

test('a failure reaches all who wait, and the next caller loads again', async () => {
  let loads = 0;
  const get = cached(10_000, async () => {
    await sleep(5);
    if (++loads === 1) throw new Error('away');
    return loads;
  });
  const results = await Promise.allSettled([get(), get()]);
  expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
  expect(await get()).toBe(2);
});
