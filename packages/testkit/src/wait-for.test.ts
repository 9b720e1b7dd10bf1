import { expect, it } from 'vitest';
import { waitFor } from './wait-for.js';

it('returns the first value that is true enough', async () => {
  let calls = 0;
  expect(
    await waitFor(() => (++calls < 3 ? undefined : `call ${calls}`), { everyMs: 1, what: 'calls' }),
  ).toBe('call 3');
});

it('says what it waited for, and why the last try failed', async () => {
  const failing = waitFor(
    () => {
      throw new Error('not there');
    },
    { timeoutMs: 20, everyMs: 1, what: 'a thing' },
  );
  await expect(failing).rejects.toMatchObject({
    message: 'timed out after 20 ms waiting for a thing',
    cause: new Error('not there'),
  });
});
