/** Samples `start` up to but not including `end`. */
export interface SampleRange {
  readonly start: number;
  readonly end: number;
}

export interface Coverage {
  /** Chunks of which at least one sample is in no range. */
  readonly lost: ReadonlySet<number>;
  /** Chunks of which at least one sample is in more than one range. */
  readonly doubled: ReadonlySet<number>;
  /** Samples covered behind `total`: audio that nobody sent. */
  readonly beyond: number;
}

/** How well ranges, in any order, cover the samples from 0 up to `total`. */
export function coverage(ranges: readonly SampleRange[], total: number, samplesPerChunk: number): Coverage {
  const lost = new Set<number>();
  const doubled = new Set<number>();
  let reached = 0;
  let beyond = 0;
  const mark = (chunks: Set<number>, from: number, to: number): void => {
    const end = Math.min(to, total);
    if (from >= end) return;
    for (let chunk = Math.floor(from / samplesPerChunk); chunk * samplesPerChunk < end; chunk++)
      chunks.add(chunk);
  };
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (end <= start) continue;
    if (start > reached) mark(lost, reached, start);
    if (start < reached) mark(doubled, start, Math.min(end, reached));
    beyond += Math.max(0, end - Math.max(total, start));
    reached = Math.max(reached, end);
  }
  if (reached < total) mark(lost, reached, total);
  return { lost, doubled, beyond };
}
