/** A straight line through points, and how sure its slope is. */
export interface Trend {
  /** Change of y for each unit of x. */
  readonly slope: number;
  /** Half of the 95 % interval of the slope; the line is flat when it is larger than the slope. */
  readonly uncertainty: number;
}

/** Means of so many neighbours count as one independent point: memory one second later is hardly news. */
const BLOCKS = 12;
/** Two-sided 95 % quantile of Student's t with `BLOCKS - 2` degrees of freedom. */
const STUDENT_T = 2.228;

/**
 * Least squares over means of blocks, so that neighbours that go together do not feign certainty. Pure.
 *
 * @returns null when there are fewer than two points a block
 */
export function trend(points: readonly (readonly [x: number, y: number])[]): Trend | null {
  if (points.length < 2 * BLOCKS) return null;
  const blocks = Array.from({ length: BLOCKS }, (_, b) => {
    const part = points.slice(
      Math.floor((b * points.length) / BLOCKS),
      Math.floor(((b + 1) * points.length) / BLOCKS),
    );
    return [mean(part.map(([x]) => x)), mean(part.map(([, y]) => y))] as const;
  });
  const middleX = mean(blocks.map(([x]) => x));
  const middleY = mean(blocks.map(([, y]) => y));
  const spread = blocks.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0);
  const slope = blocks.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0) / spread;
  const rest = blocks.reduce((sum, [x, y]) => sum + (y - middleY - slope * (x - middleX)) ** 2, 0);
  return { slope, uncertainty: STUDENT_T * Math.sqrt(rest / (BLOCKS - 2) / spread) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
