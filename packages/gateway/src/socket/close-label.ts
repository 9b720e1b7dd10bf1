import { CLOSE_CODES } from '@tributary/shared';

/** 1006 stands for a connection that ended without a close frame. */
const USUAL = [1_000, 1_001, 1_005, 1_006, 1_009, 1_011];

/** What a close can be counted as: the usual codes, our own, and `other`. */
export const CLOSE_LABELS: readonly string[] = [
  ...[...new Set([...USUAL, ...Object.values(CLOSE_CODES)])].sort((a, b) => a - b).map(String),
  'other',
];

const KNOWN: ReadonlySet<string> = new Set(CLOSE_LABELS);

/** Clients choose their close codes freely; a metric must not have a series for each of 65,536. */
export function closeLabel(code: number): string {
  const label = String(code);
  return KNOWN.has(label) ? label : 'other';
}
