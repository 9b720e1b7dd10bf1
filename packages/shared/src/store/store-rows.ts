import type { BeginBody, EndBody, SegmentMeta } from '../log/result-entries.js';
import type { Stamp } from '../log/stamp.js';
import type { ErrorMessage, SegmentBody } from '../protocol/server-messages.js';

/** Names one incarnation of a session. */
export interface SessionKey {
  sessionId: string;
  incarnation: Stamp;
}

/** An error the client is owed; names its segment where there is one. */
export type ErrorBody = Omit<ErrorMessage, 'type' | 'seq'> & {
  segment_index?: number;
  first_chunk_index?: number;
};

export interface BeginRow extends SessionKey {
  kind: 'begin';
  body: BeginBody;
}

interface Event extends SessionKey {
  seq: number;
  /** JSON sent to the client. */
  event: string;
}

export interface SegmentRow extends Event {
  kind: 'segment';
  body: SegmentBody;
  meta: SegmentMeta | null;
}

export interface ErrorRow extends Event {
  kind: 'error';
  body: ErrorBody;
  meta: SegmentMeta | null;
}

export interface EndRow extends Event {
  kind: 'end';
  body: EndBody;
  /** Final text. */
  text: string;
  /** Unix time; the same whenever this row is stored again (the result entry's stream id, say). */
  completedAtMs: number;
}

export interface DeletedRow extends SessionKey {
  kind: 'deleted';
}

/** What the router stores of the results it routes. */
export type StoreRow = BeginRow | SegmentRow | ErrorRow | EndRow | DeletedRow;
export type EventRow = SegmentRow | ErrorRow | EndRow;
