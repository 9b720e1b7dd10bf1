import { type Cluster, type MetricFamily, scrape } from '@tributary/testkit';

/** A recogniser's own part in what one waits for, in milliseconds. */
export interface RecogniserTimes {
  /** From audio to the first interim text that it is in. */
  readonly interim: Quantiles;
  /** What of that was decoding. */
  readonly interimDecode: Quantiles;
  /** Decoding of a segment that was left to do when it was cut. */
  readonly decode: Quantiles;
}

export interface Quantiles {
  readonly p50: number;
  readonly p90: number;
}

/** What all workers of a cluster have measured since they started. */
export async function recogniserTimes(workers: Cluster['workers']): Promise<RecogniserTimes> {
  const scrapes = await Promise.all(workers.map(({ url }) => scrape(url)));
  const of = (name: string): Quantiles => ({
    p50: quantile(scrapes, name, 0.5) * 1_000,
    p90: quantile(scrapes, name, 0.9) * 1_000,
  });
  return {
    interim: of('tributary_worker_interim_delay_seconds'),
    interimDecode: of('tributary_worker_interim_decode_seconds'),
    decode: of('tributary_worker_decode_seconds'),
  };
}

/**
 * A quantile of a histogram, as Prometheus' `histogram_quantile` has it: all within a bucket is taken to lie evenly in it.
 * 0 of an empty one, and the greatest bound for what lies above.
 */
export function quantile(scrapes: readonly (readonly MetricFamily[])[], name: string, share: number): number {
  const counts = new Map<number, number>();
  for (const family of scrapes.flat().filter((one) => one.name === name)) {
    for (const { name: series, labels, value } of family.samples) {
      if (!series.endsWith('_bucket')) continue;
      const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
      counts.set(bound, (counts.get(bound) ?? 0) + value);
    }
  }
  const buckets = [...counts].sort(([a], [b]) => a - b);
  const wanted = share * (buckets.at(-1)?.[1] ?? 0);
  let [below, before] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= wanted && count > before) {
      return Number.isFinite(bound)
        ? below + ((bound - below) * (wanted - before)) / (count - before)
        : below;
    }
    [below, before] = [bound, count];
  }
  return 0;
}
