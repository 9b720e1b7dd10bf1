/**
 * npm passes a Ctrl-C on that the terminal has already sent to everybody: the same wish arrives twice within
 * milliseconds. Only a signal that comes later is a second wish.
 */
const ECHO_MS = 400;

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Calls `stop` at the first signal that asks this process to end, and `hurry` at the second, which also ends it.
 *
 * @returns takes the handlers away again.
 */
export function onStopSignals(stop: (signal: NodeJS.Signals) => void, hurry: () => void): () => void {
  let firstAt: number | undefined;
  const handle = (signal: keyof typeof SIGNALS): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      stop(signal);
    } else if (performance.now() - firstAt > ECHO_MS) {
      hurry();
      process.exit(SIGNALS[signal]);
    }
  };
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  for (const name of names) process.on(name, handle);
  // A terminal that was closed cannot be written to any more; that must not keep us from stopping in order.
  const ignore = (): void => undefined;
  process.stdout.on('error', ignore);
  process.stderr.on('error', ignore);
  return () => {
    for (const name of names) process.off(name, handle);
    process.stdout.off('error', ignore);
    process.stderr.off('error', ignore);
  };
}
