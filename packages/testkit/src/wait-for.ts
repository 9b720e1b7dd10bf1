import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** What is waited for, in words that complete "timed out waiting for …". */
  readonly what: string;
}

/** Something did not come in time. */
export class WaitTimeoutError extends Error {
  constructor(what: string, timeoutMs: number, cause: unknown) {
    super(`timed out after ${timeoutMs} ms waiting for ${what}`, cause === undefined ? {} : { cause });
    this.name = 'WaitTimeoutError';
  }
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_EVERY_MS = 25;

type Falsy = undefined | null | false | 0 | '';

/**
 * Asks again and again until the condition's value is truthy, and returns that value. A condition that throws
 * is asked again too; its last error is the cause of the timeout.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = DEFAULT_TIMEOUT_MS, everyMs = DEFAULT_EVERY_MS, what }: WaitOptions,
): Promise<Exclude<T, Falsy>> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, Falsy>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) throw new WaitTimeoutError(what, timeoutMs, lastError);
    await sleep(everyMs);
  }
}
