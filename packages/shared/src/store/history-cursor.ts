import { TributaryError } from '../protocol/errors.js';
import { isSessionId } from '../protocol/session-id.js';

/** Place in history: before this session, or before this moment when there is no session. */
export interface HistoryPlace {
  createdAt: Date;
  session: { id: string; incarnation: string } | null;
}

const PREFIX = 'h1.';
const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** The cursor behind a record: opaque to clients, and safe in a URL. */
export function historyCursor(createdAt: Date, id: string, incarnation: string): string {
  return PREFIX + Buffer.from(`${createdAt.getTime()}|${id}|${incarnation}`).toString('base64url');
}

/**
 * Reads a cursor, or an ISO 8601 time in its place (without a zone: UTC).
 *
 * @throws TributaryError `invalid_request`
 */
export function parseHistoryPlace(before: string): HistoryPlace {
  const place = before.startsWith(PREFIX) ? fromCursor(before.slice(PREFIX.length)) : fromTime(before);
  if (place === null) throw new TributaryError('invalid_request', 'before is neither a cursor nor a time');
  return place;
}

function fromCursor(encoded: string): HistoryPlace | null {
  const [time, id, incarnation, ...more] = Buffer.from(encoded, 'base64url').toString().split('|');
  const createdAt = new Date(Number(time || Number.NaN));
  if (Number.isNaN(createdAt.getTime()) || more.length > 0) return null;
  if (!isSessionId(id) || incarnation === undefined || incarnation.includes('\0')) return null;
  return { createdAt, session: { id, incarnation } };
}

function fromTime(text: string): HistoryPlace | null {
  const match = ISO_TIME.exec(text);
  if (match === null) return null;
  const zoned = match[1] === undefined || match[4] !== undefined ? text : `${text}Z`;
  const createdAt = new Date(zoned);
  return Number.isNaN(createdAt.getTime()) ? null : { createdAt, session: null };
}
