import { expect, test } from 'vitest';
import { withDeadline } from './deadline.js';

test('what comes in time comes through, value or failure', async () => {
  expect(await withDeadline(Promise.resolve(3), 1_000, 'it')).toBe(3);
  await expect(withDeadline(Promise.reject(new Error('no')), 1_000, 'it')).rejects.toThrow('no');
});

test('what is late is unavailable, and its own failure afterwards disturbs nobody', async () => {
  let fail: (error: Error) => void = () => undefined;
  const never = new Promise((_, reject) => {
    fail = reject;
  });
  await expect(withDeadline(never, 10, 'it')).rejects.toMatchObject({ code: 'unavailable' });
  fail(new Error('too late'));
  await new Promise(setImmediate);
});
