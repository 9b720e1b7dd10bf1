import type { TraceContext } from '../tracing/traceparent.js';
import type { FinishReason } from './audio-entries.js';
import type { Stamp } from './stamp.js';

/**
 * Entries of a shard's results stream: `h`, a header `version|kind|session|incarnation|seq`, `j`, a JSON body,
 * and for what goes to the client `m`, JSON for the store alone.
 *
 * | kind | meaning | seq | body |
 * | --- | --- | --- | --- |
 * | `B` | the worker met the session for the first time | 0 | `BeginBody` |
 * | `S` | a segment is final | taken | fields of `chunk_result` but `type` and `seq` |
 * | `X` | an error the client is owed | taken | fields of `error` but `type` and `seq` |
 * | `E` | the session has ended | taken | `EndBody` |
 * | `D` | the session was deleted | 0 | `{}` |
 */
export const RESULT_VERSION = '1';

export type ResultKind = 'begin' | 'segment' | 'error' | 'end' | 'deleted';

const LETTERS = { begin: 'B', segment: 'S', error: 'X', end: 'E', deleted: 'D' } as const;
const KINDS: Record<string, ResultKind> = { B: 'begin', S: 'segment', X: 'error', E: 'end', D: 'deleted' };

export interface BeginBody {
  userId: string;
  language: string | null;
  /** Unix time of the session's start, by Redis' clock. */
  createdAtMs: number;
}

export interface EndBody {
  /** Seconds of audio. */
  duration: number;
  chunk_count: number;
  lost_chunk_count: number;
  segment_count: number;
  /** How many there were, where they were recognised separately. */
  channels?: number;
  status: FinishReason;
}

/** What the store keeps of a segment beside what the client got. */
export interface SegmentMeta {
  audioBytes: number;
  queueMs: number;
  decodeMs: number;
  /** Redis' time of the entry, or of the silence, that completed the segment: results are timed from there. */
  heardMs?: number;
  /** Trace context of the commit, of a traced session. */
  trace?: TraceContext;
  workerId: string;
  /** The mark committed with the segment, as JSON; lets a router heal a Redis that came back older. */
  mark: string;
}

export interface ResultEntry {
  kind: ResultKind;
  sessionId: string;
  incarnation: Stamp;
  seq: number;
  /** JSON text of an object. */
  body: string;
  meta: SegmentMeta | null;
}

/** One-letter name of a result kind, as it stands in entries and in the commit script's arguments. */
export function resultLetter(kind: ResultKind): string {
  return LETTERS[kind];
}

/** Reads one entry; null for a version or kind this release does not know. */
export function parseResultEntry(fields: readonly Buffer[]): ResultEntry | null {
  const [, header, , body, , meta] = fields;
  if (header === undefined || body === undefined) return null;
  const [version, letter, sessionId, incarnation, seq] = header.toString('latin1').split('|');
  const kind = KINDS[letter ?? ''];
  if (version !== RESULT_VERSION || kind === undefined) return null;
  if (sessionId === undefined || incarnation === undefined) return null;
  return {
    kind,
    sessionId,
    incarnation,
    seq: Number(seq),
    body: body.toString(),
    meta: meta === undefined || meta.length === 0 ? null : (JSON.parse(meta.toString()) as SegmentMeta),
  };
}
