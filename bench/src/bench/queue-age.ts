import type { Cluster } from '@tributary/testkit';

const METRIC = /^tributary_worker_oldest_entry_age_seconds(?:\{[^}]*\})? ([0-9.e+-]+)$/m;
const ANSWER_MS = 900;

/** Age of the oldest audio that each worker has read and not dealt with, in seconds; null of one that does not say. */
export async function queueAgesSeconds(workers: Cluster['workers']): Promise<(number | null)[]> {
  return await Promise.all(workers.map(async ({ url }) => await askWorker(url)));
}

/** The greatest of them; null when none says. */
export async function queueAgeSeconds(workers: Cluster['workers']): Promise<number | null> {
  const known = (await queueAgesSeconds(workers)).filter((age) => age !== null);
  return known.length === 0 ? null : Math.max(...known);
}

async function askWorker(url: string): Promise<number | null> {
  try {
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const age = Number(METRIC.exec(await answer.text())?.[1]);
    return Number.isFinite(age) ? age : null;
  } catch {
    // It is busy, or gone: a gap in the plot, and the load itself tells whether that did harm.
    return null;
  }
}
