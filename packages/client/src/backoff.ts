/** How long to wait between attempts, in milliseconds. */
export interface BackoffOptions {
  baseMs: number;
  maxMs: number;
}

/**
 * Exponential backoff with "equal jitter" (M. Brooker, AWS Architecture Blog, 2015): half of the wait is
 * sure, so that a failing gateway gets its rest, and half is random, so that clients do not come in step.
 *
 * @param failures attempts in a row that led nowhere, 0 for the first
 * @param random from 0 up to but not including 1
 */
export function backoffMs({ baseMs, maxMs }: BackoffOptions, failures: number, random: number): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 30));
  return Math.round(ceiling * (0.5 + random / 2));
}
