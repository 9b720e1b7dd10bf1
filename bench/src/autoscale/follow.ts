import type { RoundRecord } from './controller.js';

/** What was seen of one role at one moment. */
export interface ReadySample {
  readonly atMs: number;
  readonly ready: number;
}

/** A role was wanted larger, and how long it took until it was. */
export interface Follow {
  readonly atMs: number;
  readonly wanted: number;
  /** Null: it never was. */
  readonly tookMs: number | null;
}

/**
 * How quickly replicas follow what the metrics call for: from the round that first called for so many until as many are
 * ready. Pure. What lies above `maxReplicas` nobody can follow.
 */
export function follows(
  rounds: readonly RoundRecord[],
  samples: readonly ReadySample[],
  maxReplicas: number,
): Follow[] {
  const found: Follow[] = [];
  let reached = 0;
  for (const { atMs, recommended, ready } of rounds) {
    const wanted = Math.min(recommended, maxReplicas);
    reached = Math.min(reached, Math.max(wanted, ready));
    if (wanted <= Math.max(ready, reached)) continue;
    reached = wanted;
    const there = samples.find((sample) => sample.atMs >= atMs && sample.ready >= wanted);
    found.push({ atMs, wanted, tookMs: there === undefined ? null : there.atMs - atMs });
  }
  return found;
}
