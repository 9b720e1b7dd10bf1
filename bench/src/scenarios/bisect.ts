/** What one step of a search found. */
export interface Step {
  readonly clients: number;
  readonly good: boolean;
}

/**
 * The number to try next in the search for the highest good one: twice as many until one is bad or `most` is reached,
 * then the middle of what is left, until that is within `precision` of the highest good one. Pure.
 *
 * @returns null when the search is over
 */
export function nextStep(
  steps: readonly Step[],
  first: number,
  most: number,
  precision: number,
): number | null {
  const good = Math.max(0, ...steps.filter((step) => step.good).map(({ clients }) => clients));
  const bad = Math.min(most + 1, ...steps.filter((step) => !step.good).map(({ clients }) => clients));
  if (steps.length === 0) return Math.min(first, most);
  if (bad > most) return good >= most ? null : Math.min(most, good * 2);
  if (bad - good <= Math.max(1, good * precision)) return null;
  return Math.floor((good + bad) / 2);
}

/** The highest number that was good; 0 when none was. */
export function highestGood(steps: readonly Step[]): number {
  return Math.max(0, ...steps.filter((step) => step.good).map(({ clients }) => clients));
}
