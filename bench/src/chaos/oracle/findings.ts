/** What was found wrong, in numbers; all must be 0. */
export interface Findings {
  /** Chunks that were acknowledged and are not in the text. */
  readonly lost: number;
  /** Chunks that are in the text twice, and events that came twice. */
  readonly doubled: number;
  /** Events that came out of order, or before one that is missing. */
  readonly disordered: number;
  /** Texts that are not what was said, or not the same in two places. */
  readonly mismatched: number;
  /** Sessions without a final result. */
  readonly failed: number;
  /** The same in words, for people. */
  readonly problems: readonly string[];
}

export const NO_FINDINGS: Findings = {
  lost: 0,
  doubled: 0,
  disordered: 0,
  mismatched: 0,
  failed: 0,
  problems: [],
};

export function addFindings(a: Findings, b: Findings): Findings {
  return {
    lost: a.lost + b.lost,
    doubled: a.doubled + b.doubled,
    disordered: a.disordered + b.disordered,
    mismatched: a.mismatched + b.mismatched,
    failed: a.failed + b.failed,
    problems: [...a.problems, ...b.problems],
  };
}

export function isClean(findings: Findings): boolean {
  const { lost, doubled, disordered, mismatched, failed } = findings;
  return lost + doubled + disordered + mismatched + failed === 0;
}
