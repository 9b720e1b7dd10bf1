/** Ids of stream entries, `<Unix ms>-<number>`, in order of arrival. */
export type StreamId = string;

export const FIRST_ID: StreamId = '0-0';

/** Time of arrival by Redis' clock, Unix ms. */
export function streamTimeMs(id: StreamId): number {
  return Number.parseInt(id, 10);
}

/**
 * Negative when `a` came before `b`. Works on the text, since it is asked for every chunk and more: Redis writes its
 * numbers without leading zeros, so the longer number is the larger one, and of equally long ones the text decides.
 */
export function compareIds(a: StreamId, b: StreamId): number {
  if (a === b) return 0;
  const dash = a.indexOf('-');
  const otherDash = b.indexOf('-');
  if (dash !== otherDash) return dash - otherDash;
  if (a.length === b.length) return a < b ? -1 : 1;
  const ms = a.slice(0, dash);
  const otherMs = b.slice(0, dash);
  if (ms !== otherMs) return ms < otherMs ? -1 : 1;
  return a.length - b.length;
}

/** The id directly behind `id`. */
export function nextId(id: StreamId): StreamId {
  const dash = id.indexOf('-');
  return `${id.slice(0, dash)}-${Number(id.slice(dash + 1)) + 1}`;
}
