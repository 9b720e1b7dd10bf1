import type { Mode } from './load-messages.js';

const SHORT_FROM_SECONDS = 3;
const SHORT_TO_SECONDS = 9;
const MEDIUM_SECONDS = 30 * 60;
const LONG_SECONDS = 60 * 60;

/** How long a session speaks; short ones are as long as clips are. @param random from 0 up to 1 */
export function sessionSeconds(mode: Mode, random: number): number {
  if (mode === 'medium') return MEDIUM_SECONDS;
  if (mode === 'long') return LONG_SECONDS;
  return SHORT_FROM_SECONDS + random * (SHORT_TO_SECONDS - SHORT_FROM_SECONDS);
}
