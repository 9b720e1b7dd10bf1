const BASE_MS = 250;
const MOST_MS = 15_000;

/**
 * How long a client waits before it tries again: what the server asked for, or twice as long each time, half of it by
 * chance, so that those who were refused together do not come back together.
 *
 * @param random from 0 up to but not including 1
 */
export function retryDelayMs(failures: number, askedMs: number | undefined, random: number): number {
  if (askedMs !== undefined) return Math.min(MOST_MS, Math.max(0, askedMs)) * (1 + random / 2);
  const ceiling = Math.min(MOST_MS, BASE_MS * 2 ** Math.min(failures, 10));
  return ceiling * (0.5 + random / 2);
}
