/**
 * A number that never comes again, with a tag. Incarnations and gateway epochs are stamps: the number is
 * `max(last + 1, Redis' time in microseconds)` of the shard, the tag comes from the random attach id, so
 * that a number given out twice by a Redis that came back older than it was is still told apart.
 *
 * Written `<number>.<tag>`. An epoch of an earlier incarnation is always lower than a later incarnation.
 */
export type Stamp = string;

/** The number of a stamp; an empty stamp counts as 0. */
export function stampNumber(stamp: Stamp): number {
  const dot = stamp.indexOf('.');
  return Number(dot < 0 ? stamp : stamp.slice(0, dot));
}

/** Order of two stamps: negative when `a` is older, 0 when equal to the letter, positive otherwise. */
export function compareStamps(a: Stamp, b: Stamp): number {
  // Mostly they are: this is asked of every chunk.
  if (a === b) return 0;
  const difference = stampNumber(a) - stampNumber(b);
  if (difference !== 0) return difference;
  return a < b ? -1 : 1;
}
