import { stampNumber } from '../log/stamp.js';
import type { BeginRow, EndRow, EventRow, SessionKey, StoreRow } from './store-rows.js';

/** All that a batch says about one incarnation of a session. */
export interface SessionChange extends SessionKey {
  begin: BeginRow | null;
  end: EndRow | null;
  /** Of the segments in the batch: audio up to the last one's end, in seconds, and counts up to its indices. */
  audioSeconds: number;
  chunkCount: number;
  segmentCount: number;
}

export interface MergedRows {
  /** Each session once, in the order of the keys, so that two writers lock in the same order. */
  sessions: SessionChange[];
  /** Each `(session, incarnation, seq)` once; none of a session that this batch deletes. */
  events: EventRow[];
  deleted: SessionKey[];
}

/** Brings a batch into the form in which it is written: no key twice, whatever order the rows came in. */
export function mergeRows(rows: readonly StoreRow[]): MergedRows {
  const deleted = new Map<string, SessionKey>();
  for (const row of rows) if (row.kind === 'deleted') deleted.set(keyOf(row), row);
  const sessions = new Map<string, SessionChange>();
  const events = new Map<string, EventRow>();
  for (const row of rows) {
    const key = keyOf(row);
    if (row.kind === 'deleted' || deleted.has(key)) continue;
    const session = sessions.get(key) ?? emptyChange(row);
    sessions.set(key, session);
    if (row.kind === 'begin') {
      session.begin ??= row;
      continue;
    }
    const eventKey = `${key}|${row.seq}`;
    if (events.has(eventKey)) continue;
    events.set(eventKey, row);
    if (row.kind === 'end') session.end ??= row;
    if (row.kind === 'segment') {
      session.audioSeconds = Math.max(session.audioSeconds, row.body.end);
      session.chunkCount = Math.max(session.chunkCount, row.body.chunk_index + 1);
      session.segmentCount = Math.max(session.segmentCount, row.body.segment_index + 1);
    }
  }
  return { sessions: inOrder(sessions), events: [...events.values()], deleted: inOrder(deleted) };
}

/** When a session began, in Unix milliseconds, as far as its incarnation tells (it is Redis' time in microseconds). */
export function stampTimeMs(key: SessionKey): number {
  return Math.floor(stampNumber(key.incarnation) / 1_000);
}

function keyOf({ sessionId, incarnation }: SessionKey): string {
  return `${sessionId}|${incarnation}`;
}

function emptyChange({ sessionId, incarnation }: SessionKey): SessionChange {
  return { sessionId, incarnation, begin: null, end: null, audioSeconds: 0, chunkCount: 0, segmentCount: 0 };
}

function inOrder<Value>(byKey: ReadonlyMap<string, Value>): Value[] {
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
