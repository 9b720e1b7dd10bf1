/** How long to wait before a process that died is started again. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly mostMs: number;
  /** A process that lived so long is taken as healthy: the next wait is short again. */
  readonly healthyMs: number;
}

/** The wait after `failures` deaths in a row (1 for the first). */
export function backoffMs(failures: number, options: BackoffOptions): number {
  return Math.min(options.mostMs, options.firstMs * 2 ** Math.min(30, Math.max(0, failures - 1)));
}

/** Deaths in a row, now that a process has died after `livedMs`. */
export function countFailure(failures: number, livedMs: number, options: BackoffOptions): number {
  return livedMs >= options.healthyMs ? 1 : failures + 1;
}
