import type { Measurement } from '../bench/measurement.js';
import type { Check } from '../bench/scenario.js';

/** With real speech: how many words were wrong. Told, not judged: it is the recogniser's affair. */
export function wordErrorChecks({ counts }: Measurement): Check[] {
  if (counts.words === 0) return [];
  const rate = ((counts.wordErrors / counts.words) * 100).toFixed(1);
  const got = `${rate} % of ${counts.words} words`;
  return [{ what: 'word error rate', wanted: 'told', got, ok: true, binding: false }];
}
