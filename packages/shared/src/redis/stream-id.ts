/** Ids of stream entries, `<Unix ms>-<number>`, in order of arrival. */
export type StreamId = string;

export const FIRST_ID: StreamId = '0-0';

/** Time of arrival by Redis' clock, Unix ms. */
export function streamTimeMs(id: StreamId): number {
  return Number.parseInt(id, 10);
}

/** Negative when `a` came before `b`. */
export function compareIds(a: StreamId, b: StreamId): number {
  const [aMs, aSeq] = a.split('-').map(Number) as [number, number];
  const [bMs, bSeq] = b.split('-').map(Number) as [number, number];
  return aMs - bMs || aSeq - bSeq;
}

/** The id directly behind `id`. */
export function nextId(id: StreamId): StreamId {
  const dash = id.indexOf('-');
  return `${id.slice(0, dash)}-${Number(id.slice(dash + 1)) + 1}`;
}
