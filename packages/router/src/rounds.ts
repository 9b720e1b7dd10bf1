import type { ResultEntry } from '@tributary/shared';

/** Results of many sessions that can be dealt with together, kind after kind in this order. */
export interface Round<T> {
  begun: T[];
  /** Segments and errors: what clients are owed as it is. */
  events: T[];
  /** Each needs the events before it, for its final text. */
  ends: T[];
  deleted: T[];
}

/**
 * Divides the results of one read into as few rounds as keep the order of each session: what comes behind the end or
 * the deletion of the same session id belongs to a new incarnation, and to the next round. Sessions do not wait for each
 * other, so that many that end at once end together.
 */
export function rounds<T extends { entry: Pick<ResultEntry, 'kind' | 'sessionId'> }>(
  results: readonly T[],
): Round<T>[] {
  const all: Round<T>[] = [];
  let round: Round<T> | undefined;
  let ended = new Set<string>();
  let deleted = new Set<string>();
  for (const result of results) {
    const { kind, sessionId } = result.entry;
    if (round === undefined || deleted.has(sessionId) || (kind !== 'deleted' && ended.has(sessionId))) {
      round = { begun: [], events: [], ends: [], deleted: [] };
      ended = new Set();
      deleted = new Set();
      all.push(round);
    }
    if (kind === 'begin') round.begun.push(result);
    else if (kind === 'end') {
      round.ends.push(result);
      ended.add(sessionId);
    } else if (kind === 'deleted') {
      round.deleted.push(result);
      deleted.add(sessionId);
    } else round.events.push(result);
  }
  return all;
}
